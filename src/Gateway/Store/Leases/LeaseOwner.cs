using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Store.Leases;

/// <summary>
/// Names the owners of leases: at random, and after the process that they run in, so that a process on the same machine can tell that one
/// was killed and need not wait for the end of its lease. Linux alone says so for sure: elsewhere, from another machine and from
/// another container, nobody is taken for dead.
/// </summary>
internal static class LeaseOwner
{
    private const string Gone = "";

    // Numbers of processes mean something within one boot and one namespace of them. Null: nothing can be told here.
    private static readonly string? Place = ReadPlace();

    private static readonly string? Process = Place is null ? null : ReadProcess(Environment.ProcessId);

    public static string New()
    {
        var random = RandomNumberGenerator.GetHexString(32, lowercase: true);
        return Process is null ? random : $"{Place}/{Process}/{random}";
    }

    /// <summary>True when the owner ran in this place, and runs no more. One that merely stands still does run.</summary>
    public static bool IsGone(string owner) =>
        owner.Split('/') is [var place, var process, _]
        && place == Place
        && process.Split('-') is [var number, _]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && ReadProcess(id) is { } now
        && now != process;

    private static string? ReadPlace()
    {
        // The first process is seen by everybody, unless users don't see each other's: then no absence proves anything.
        if (!OperatingSystem.IsLinux() || ReadProcess(1) is null or Gone)
        {
            return null;
        }

        try
        {
            var place = File.ReadAllText("/proc/sys/kernel/random/boot_id") + new FileInfo("/proc/self/ns/pid").LinkTarget;
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)).AsSpan(0, 8));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // proc(5): "pid (name) state …", the 22nd is the start, in ticks since the boot: numbers of processes are used again. The name may
    // hold anything. A killed process that its parent has not looked after yet is a zombie. Null: not to be told now, as when no file can be
    // opened any more; only a file that is not there proves something.
    private static string? ReadProcess(int id)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? Gone : string.Create(CultureInfo.InvariantCulture, $"{id}-{fields[19]}");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Gone;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
