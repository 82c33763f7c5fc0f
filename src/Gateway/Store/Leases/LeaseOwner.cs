using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Store.Leases;

/// <summary>
/// Names the owners of leases: a random number, and the process that has the lease. So a process on the same machine can tell that an owner
/// was killed, and need not wait for the end of its lease. Only Linux tells for sure; elsewhere, and of owners on another machine or in another
/// container, nobody is taken for dead.
/// </summary>
internal static class LeaseOwner
{
    private const string Gone = "";

    // The id of a process means something within one boot and one pid namespace. Null: nothing can be told here.
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

    // proc(5): "pid (name) state …". The name may hold anything, so the fields are counted from the last parenthesis. The 22nd is the start, in
    // ticks since the boot, which tells a reused id apart. A killed process that its parent has not waited for yet is a zombie. Null: nothing can
    // be told now, as when no more files can be opened; only a file that is not there proves that the process is gone.
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
