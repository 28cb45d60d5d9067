using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans
{
    public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);

    public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

    /// <summary>One call on its way through the filters.</summary>
    public interface IGrainCallContext
    {
        IInvokable Request { get; }

        object Grain { get; }

        GrainId? SourceId { get; }

        GrainId TargetId { get; }

        GrainInterfaceType InterfaceType { get; }

        string InterfaceName { get; }

        string MethodName { get; }

        MethodInfo InterfaceMethod { get; }

        object? Result { get; set; }

        Response? Response { get; set; }

        /// <summary>Runs the rest of the chain, then the call; at most once from each filter.</summary>
        Task Invoke();
    }

    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        IGrainContext TargetContext { get; }

        MethodInfo ImplementationMethod { get; }
    }

    public interface IOutgoingGrainCallContext : IGrainCallContext
    {
        IGrainContext? SourceContext { get; }
    }

    public interface IIncomingGrainCallFilter
    {
        Task Invoke(IIncomingGrainCallContext context);
    }

    public interface IOutgoingGrainCallFilter
    {
        Task Invoke(IOutgoingGrainCallContext context);
    }
}

namespace Orleans.Serialization.Invocation
{
    /// <summary>A call: its method and arguments.</summary>
    public interface IInvokable : IDisposable
    {
        object? GetTarget();

        int GetArgumentCount();

        object? GetArgument(int index);

        void SetArgument(int index, object value);

        string GetMethodName();

        string GetInterfaceName();

        MethodInfo GetMethod();

        Type GetInterfaceType();
    }

    /// <summary>The outcome of a call: a result or an exception.</summary>
    public abstract class Response
    {
        public static Response Completed { get; } = new ResultResponse(null);

        public abstract object? Result { get; set; }

        public abstract Exception? Exception { get; set; }

        public static Response FromException(Exception exception) => new ExceptionResponse(exception);

        public static Response FromResult<TResult>(TResult value) => new ResultResponse(value);

        private sealed class ResultResponse(object? result) : Response
        {
            public override object? Result { get; set; } = result;

            public override Exception? Exception
            {
                get => null;
                set => throw new InvalidOperationException("The response has a result.");
            }
        }

        private sealed class ExceptionResponse(Exception exception) : Response
        {
            public override object? Result
            {
                get
                {
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(Exception!);
                    return null;
                }

                set => throw new InvalidOperationException("The response has an exception.");
            }

            public override Exception? Exception { get; set; } = exception;
        }
    }
}
