#!/usr/bin/env bash
# Compiles the class that Chronicle Map would make in every process (src/build/ChronicleClasses.java).
# Usage: build-chronicle.sh -classpath CLASSPATH FOLDER_OF_CLASSES
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
exec "$("$here/../bin/find-jdk")/bin/java" "@$here/../bin/jvm.options" "$1" "$2" "$here/src/build/ChronicleClasses.java" "$3"
