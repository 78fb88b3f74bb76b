package io.witan.collectives;

import io.witan.collectives.engine.Engine;
import io.witan.collectives.engine.Fault;
import io.witan.collectives.engine.Operation;

final class OperationHandle implements Handle {
    private final Engine engine;
    private final Operation operation;
    private final Members members;

    OperationHandle(Engine engine, Operation operation, Members members) {
        this.engine = engine;
        this.operation = operation;
        this.members = members;
    }

    @Override
    public boolean isDone() {
        return operation.isDone();
    }

    @Override
    public void await() {
        Fault fault = engine.await(operation);
        if (fault != null) {
            throw members.exception(fault);
        }
    }
}
