using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using Xunit;

namespace OrleansStorage.Pools.Tests;

/// <summary>
/// Goal: whatever is done to at most m slots, reads give the bytes that were written, and repairs bring every fragment back. Method:
/// random writes, reads, deletes, damage, devices that leave and come back, beside a dictionary of what was written.
/// </summary>
public sealed class ReedSolomonModelTests
{
    private const int Operations = 500;

    [Theory]
    [InlineData(4, 2, false)]
    [InlineData(4, 2, true)]
    [InlineData(2, 1, false)]
    [InlineData(5, 3, true)]
    public async Task RandomOperations_AgreeWithTheModel(int data, int parity, bool isHedged)
    {
        var seed = TestSeed.Next();
        var figures = new Reached(0, 0, 0, 0, 0);

        // More runs where chance has left something out of the first.
        for (var round = 0; round < 10 && !figures.IsEverything; round++)
        {
            var run = new Run(seed + round, data, parity, isHedged);
            try
            {
                for (var i = 0; i < Operations; i++)
                {
                    await run.StepAsync();
                }
            }
            catch (Exception e)
            {
                throw new ModelRunException($"TEST_SEED={seed + round}", e);
            }

            figures = figures.Plus(run.Figures);
        }

        Assert.True(figures.IsEverything, $"{figures}, TEST_SEED={seed}");
    }

    private sealed record Reached(int Striped, int Small, int Rebuilt, int Repaired, int RefusedWrites)
    {
        public bool IsEverything => Striped > 10 && Small > 5 && Rebuilt > 10 && Repaired > 10 && RefusedWrites > 0;

        public Reached Plus(Reached other) => new(
            Striped + other.Striped, Small + other.Small, Rebuilt + other.Rebuilt, Repaired + other.Repaired, RefusedWrites + other.RefusedWrites);
    }

    private sealed class Run(int seed, int data, int parity, bool isHedged)
    {
        private readonly Random _random = TestSeed.Create(seed);
        private readonly int _slots = data + parity;
        private readonly Dictionary<BlobId, byte[]> _model = [];
        private readonly Dictionary<BlobId, SortedSet<int>> _hurt = [];
        private readonly SortedSet<int> _gone = [];
        private readonly SimulatedGroup _group = new(data, parity, isHedged ? TimeSpan.FromSeconds(1) : default, 256 << 10, 128);

        public Reached Figures { get; private set; } = new(0, 0, 0, 0, 0);

        public async Task StepAsync()
        {
            switch (_random.Next(10))
            {
                case 0 or 1:
                    await WriteAsync();
                    break;
                case 2:
                    SetGone();
                    break;
                case 3 or 4:
                    await HurtAsync();
                    break;
                case 5:
                    await DeleteAsync();
                    break;
                default:
                    await ReadAsync();
                    break;
            }

            Assert.Equal(0, _group.Buffers.InUse);
        }

        private async Task WriteAsync()
        {
            var size = _random.Next(4) switch
            {
                0 => 1 + _random.Next(data * 4096),
                1 => (data * 4096) - 1 + _random.Next(3),
                2 => (data * (64 << 10)) - 1 + _random.Next(3),
                _ => (data * 4096) + _random.Next(data * 60_000),
            };
            var payload = new byte[size];
            _random.NextBytes(payload);
            var blob = _group.NewId(size);
            var failures = await _group.Protection.WriteAsync(_group.Group, blob, payload);
            var isStriped = BlobForm.Of(blob).IsStriped;
            Assert.Equal(_gone.Where(slot => _group.Protection.Holds(blob, slot)), failures.Select(failure => failure.Slot).Order());
            if (failures.Count == 0)
            {
                _model.Add(blob, payload);
                _hurt.Add(blob, []);
                Figures = isStriped ? Figures with { Striped = Figures.Striped + 1 } : Figures with { Small = Figures.Small + 1 };
            }
            else
            {
                // Not acknowledged: the pool deletes what was written.
                Figures = Figures with { RefusedWrites = Figures.RefusedWrites + 1 };
                await _group.Protection.DeleteAsync(_group.Group, [blob], default);
            }
        }

        /// <summary>A device leaves, or all come back; never so many that a blob could be lost together with what is hurt of it.</summary>
        private void SetGone()
        {
            if (_gone.Count > 0 && _random.Next(2) == 0)
            {
                _group.SetGone(_gone, isGone: false);
                _gone.Clear();
                return;
            }

            var slot = _random.Next(_slots);
            if (_hurt.Values.All(hurt => hurt.Union(_gone).Append(slot).Distinct().Count() <= parity))
            {
                _gone.Add(slot);
                _group.SetGone([slot], isGone: true);
            }
        }

        private async Task HurtAsync()
        {
            if (Choose() is not { } blob)
            {
                return;
            }

            var slot = _random.Next(_slots);
            if (!_group.Protection.Holds(blob, slot)
                || _hurt[blob].Contains(slot)
                || _hurt[blob].Union(_gone).Append(slot).Distinct().Count() > parity)
            {
                return;
            }

            _hurt[blob].Add(slot);
            await (_random.Next(2) == 0 && _model[blob].Length >= 100 ? _group.DamageAsync(blob, slot) : _group.DeleteAsync(blob, slot));
        }

        private async Task DeleteAsync()
        {
            if (_gone.Count == 0 && _model.Count > 8 && Choose() is { } blob)
            {
                _model.Remove(blob);
                _hurt.Remove(blob);
                await _group.Protection.DeleteAsync(_group.Group, [blob], default);
                await Assert.ThrowsAsync<BlobNotFoundException>(() => _group.ReadAsync(blob, 0, 1));
            }
        }

        private async Task ReadAsync()
        {
            if (Choose() is not { } blob)
            {
                return;
            }

            var payload = _model[blob];
            var from = _random.Next(3) == 0 ? 0 : _random.Next(payload.Length);
            var to = _random.Next(3) == 0 ? payload.Length : _random.Next(from, payload.Length + 1);
            var (bytes, bad) = await _group.ReadAsync(blob, from, to - from);

            Assert.True(payload.AsSpan(from, to - from).SequenceEqual(bytes), $"{blob} from {from} to {to}");
            Assert.Empty(bad.Except(_hurt[blob]));
            Figures = Figures with { Rebuilt = Figures.Rebuilt + (bad.Count > 0 || _gone.Count > 0 ? 1 : 0) };
            if (bad.Count > 0 && !bad.Any(_gone.Contains))
            {
                await RepairAsync(blob, bad);
            }
        }

        private async Task RepairAsync(BlobId blob, IReadOnlyList<int> bad)
        {
            Assert.True(await _group.Repairs.RepairAsync(_group.Group, blob, bad, default));
            Figures = Figures with { Repaired = Figures.Repaired + bad.Count };
            _hurt[blob].ExceptWith(bad);
            var length = BlobForm.Of(blob) is { IsStriped: true } form ? form.FragmentBytes : _model[blob].Length;
            foreach (var slot in bad)
            {
                Assert.Equal(length, (await _group.StoredAsync(blob, slot))?.Length);
            }
        }

        private BlobId? Choose() => _model.Count == 0 ? null : _model.Keys.Order().ElementAt(_random.Next(_model.Count));
    }

    private sealed class ModelRunException(string message, Exception inner) : Exception(message, inner);
}
