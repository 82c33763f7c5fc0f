namespace Gateway.Tests.Architecture;

/// <summary>
/// Sub-folders of one folder that depend on each other, directly or indirectly. Types in the folder itself are ignored: they compose
/// the sub-folders and hold shared code.
/// </summary>
internal static class SubFolderCircles
{
    /// <returns>Each dependency that is part of a circle, as <c>Tokens: Cache → Refreshing</c>, in order.</returns>
    public static IReadOnlyList<string> Of(ArchUnitNET.Domain.Architecture architecture, string root)
    {
        var uses = (
            from type in architecture.Types
            let user = SubFolder(type, root)
            where user is not null
            from dependency in type.Dependencies
            let used = SubFolder(dependency.Target, root)
            where used is not null && used.Value.Folder == user.Value.Folder && used != user
            select (From: user.Value, To: used.Value)).Distinct().ToList();
        var next = uses.ToLookup(static use => use.From, static use => use.To);
        return [
            .. uses.Where(use => Reaches(use.To, use.From, next))
            .Select(static use => $"{use.From.Folder}: {use.From.Name} → {use.To.Name}").Order(StringComparer.Ordinal)];
    }

    // ArchUnitNET treats type parameters of the same name as one type, with the namespace of any of them.
    private static (string Folder, string Name)? SubFolder(ArchUnitNET.Domain.IType type, string root) =>
        type is not ArchUnitNET.Domain.GenericParameter && type.Namespace?.FullName is { } name
            && name.StartsWith(root + ".", StringComparison.Ordinal)
            && name[(root.Length + 1)..].Split('.') is [var folder, var sub, ..] ? (folder, sub) : null;

    private static bool Reaches<T>(T start, T end, ILookup<T, T> next)
    {
        var reached = new HashSet<T> { start };
        var queue = new Queue<T>(reached);
        while (queue.TryDequeue(out var current))
        {
            foreach (var further in next[current].Where(reached.Add))
            {
                queue.Enqueue(further);
            }
        }

        return reached.Contains(end);
    }
}
