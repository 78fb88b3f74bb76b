package io.witan.launcher.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.IChart;

/** A page of text, tables and pictures in one file: pictures are in it, nothing is loaded from elsewhere. Well-formed as XML too. */
final class HtmlPage {
    private static final String STYLE =
            "body{font:15px/1.5 sans-serif;color:#222;max-width:960px;margin:2em auto;padding:0 1em}"
                    + "h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ddd}"
                    + "img{max-width:100%;display:block;margin:.5em 0}table{border-collapse:collapse}"
                    + "td,th{padding:.2em 1em .2em 0;text-align:left}td.number{text-align:right}"
                    + "pre{background:#f6f8fa;padding:1em;overflow-x:auto;font-size:13px}";

    private final StringBuilder body = new StringBuilder();
    private final String title;

    HtmlPage(String title) {
        this.title = title;
    }

    HtmlPage heading(String text) {
        body.append("<h2>").append(escaped(text)).append("</h2>\n");
        return this;
    }

    HtmlPage paragraph(String text) {
        body.append("<p>").append(escaped(text)).append("</p>\n");
        return this;
    }

    /** @param rows a name and its value each */
    HtmlPage table(List<List<String>> rows) {
        body.append("<table>\n");
        for (List<String> row : rows) {
            body.append("<tr><th>")
                    .append(escaped(row.getFirst()))
                    .append("</th><td class=\"number\">")
                    .append(escaped(row.getLast()))
                    .append("</td></tr>\n");
        }
        body.append("</table>\n");
        return this;
    }

    HtmlPage preformatted(String summary, String text) {
        body.append("<details><summary>")
                .append(escaped(summary))
                .append("</summary><pre>")
                .append(escaped(text))
                .append("</pre></details>\n");
        return this;
    }

    /** @param says what it shows, for those who do not see it */
    HtmlPage picture(IChart chart, String says) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        if (!ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", png)) {
            throw new IOException("this Java cannot write PNG");
        }
        body.append("<img alt=\"")
                .append(escaped(says))
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png.toByteArray()))
                .append("\"/>\n");
        return this;
    }

    @Override
    public String toString() {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<title>" + escaped(title)
                + "</title>\n<style>" + STYLE + "</style>\n</head>\n<body>\n<h1>" + escaped(title) + "</h1>\n" + body
                + "</body>\n</html>\n";
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(c < ' ' && c != '\n' && c != '\t' ? 0xFFFD : c);
            }
        });
        return escaped.toString();
    }
}
