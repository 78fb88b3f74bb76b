package io.witan.collectives;

import io.witan.collectives.engine.Engine;
import io.witan.collectives.engine.Fault;
import io.witan.collectives.engine.Operation;

final class OperationHandle implements Handle {
    private final Engine engine;
    private final Operation operation;

    OperationHandle(Engine engine, Operation operation) {
        this.engine = engine;
        this.operation = operation;
    }

    @Override
    public boolean isDone() {
        return operation.isDone();
    }

    @Override
    public void await() {
        Fault fault = engine.await(operation);
        if (fault != null) {
            throw exception(fault);
        }
    }

    static CollectiveException exception(Fault fault) {
        return new CollectiveException(
                CollectiveException.Kind.valueOf(fault.kind().name()), fault.rank(), fault.message());
    }
}
