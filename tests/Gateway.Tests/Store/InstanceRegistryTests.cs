using Gateway.Model;
using Gateway.Store;
using Gateway.Store.Journal;

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Store;

/// <summary>Instance files and their locks.</summary>
public sealed class InstanceRegistryTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public void A_running_instance_is_running_and_an_ended_process_is_dead()
    {
        using var witness = Start();
        var instance = Start();
        Assert.Equal(InstanceState.Running, witness.StateOf(instance.Id));

        // The operating system releases the lock of every process that ends.
        instance.Dispose();
        Assert.Equal(InstanceState.Dead, witness.StateOf(instance.Id));
        Assert.Equal(InstanceState.Dead, witness.StateOf(instance.Id));
        Assert.Equal(InstanceState.Running, witness.StateOf(witness.Id));
    }

    [Fact]
    public void An_instance_is_unknown_after_a_clean_stop()
    {
        using var witness = Start();
        var instance = Start();
        instance.Retire();
        instance.Dispose();

        Assert.Equal(InstanceState.Unknown, witness.StateOf(instance.Id));
    }

    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("machine/1")]
    [InlineData("../encryption.key")]
    [InlineData("")]
    public void An_instance_without_a_file_is_unknown(string instance)
    {
        using var witness = Start();
        Assert.Equal(InstanceState.Unknown, witness.StateOf(instance));
    }

    [Fact]
    public void An_instance_on_another_folder_is_unknown_not_dead()
    {
        using var other = new TemporaryDirectory();
        using var witness = Start();
        var instance = Start(other.Path);
        instance.Dispose();

        Assert.Equal(InstanceState.Unknown, witness.StateOf(instance.Id));
    }

    [Fact]
    public void A_registry_without_a_writable_folder_reports_every_instance_as_unknown()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "instances"), "in the way");
        using var instance = Start();

        Assert.NotEmpty(instance.Id);
        Assert.Equal(InstanceState.Unknown, instance.StateOf("0123456789abcdef"));
        instance.Retire();
    }

    [Fact]
    public void The_file_of_a_dead_instance_is_deleted_when_no_refresh_can_need_it()
    {
        var dead = Start();
        dead.Dispose();
        Start().Dispose();
        using (var witness = Start())
        {
            Assert.Equal(InstanceState.Dead, witness.StateOf(dead.Id));
        }

        // Years later.
        using var later = Start(clock: new ManualClock());
        Assert.Equal(InstanceState.Unknown, later.StateOf(dead.Id));
    }

    public void Dispose() => _folder.Dispose();

    private InstanceRegistry Start(string? path = null, TimeProvider? clock = null) =>
        new(Options.Create(new StoreOptions { Path = path ?? _folder.Path }), clock ?? TimeProvider.System,
            NullLogger<InstanceRegistry>.Instance);
}
