using System.Text;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel.Client;

/// <summary>Makes of an answer that says no what the device threw.</summary>
internal static class AnswerErrors
{
    public static Exception Read(in Answer answer, in RequestParts request, CallSubject subject)
    {
        try
        {
            var reader = new BodyReader(answer.Body.Span);
            var number = reader.U64();
            var fragment = reader.FragmentId();
            var message = Encoding.UTF8.GetString(reader.Take(reader.Left));
            return answer.Header.Status switch
            {
                AnswerStatus.FragmentNotFound => new FragmentNotFoundException(fragment),
                AnswerStatus.FragmentExists => new FragmentExistsException(fragment),
                AnswerStatus.Corrupt => new CorruptFragmentException(message),
                AnswerStatus.Full => new DeviceFullException(message),
                AnswerStatus.Fenced => new FencedException(subject.Extent, subject.Epoch, number),
                AnswerStatus.DeviceFailed => new DeviceFailedException(message),
                AnswerStatus.Busy => new DeviceBusyException(message),
                AnswerStatus.StaleEpoch => new StaleEpochException(request.Group, request.Epoch, number),
                AnswerStatus.NoSuchDevice => new DeviceUnreachableException(message),
                AnswerStatus.InvalidArgument => new ArgumentOutOfRangeException(null, message),
                _ => new DeviceException(message),
            };
        }
        catch (FrameException e)
        {
            return new DataChannelException(DataChannelFault.Protocol, true, e.Message, e);
        }
    }
}
