namespace Orleans.Runtime
{
    /// <summary>Something that has an address: a grain or an observer.</summary>
    public interface IAddressable
    {
    }
}

namespace Orleans
{
    using Orleans.Runtime;

    /// <summary>Base of all grain interfaces.</summary>
    public interface IGrain : IAddressable
    {
    }

    public interface IGrainWithGuidKey : IGrain
    {
    }

    public interface IGrainWithIntegerKey : IGrain
    {
    }

    public interface IGrainWithStringKey : IGrain
    {
    }

    public interface IGrainWithGuidCompoundKey : IGrain
    {
    }

    public interface IGrainWithIntegerCompoundKey : IGrain
    {
    }

    /// <summary>Base of interfaces through which a grain calls an object of its caller.</summary>
    public interface IGrainObserver : IAddressable
    {
    }
}
