using System.Text.RegularExpressions;

namespace Gateway.Tests.Architecture;

/// <summary>A piece of code with what stands before it: <c>header { … }</c>, or a member that ends with a semicolon.</summary>
/// <param name="Header">The declaration, or the statement's beginning.</param>
/// <param name="Parent">The block around it; null at the file's level.</param>
/// <param name="Start">Where the header begins.</param>
/// <param name="End">Where the block ends.</param>
internal sealed partial record SourceBlock(string Header, SourceBlock? Parent, int Start, int End)
{
    /// <summary>Declares a class, struct, record, interface or enum.</summary>
    public bool IsType => TypeDeclaration().IsMatch(Header);

    /// <summary>Stands in a type and takes parameters: a method, a constructor, an operator.</summary>
    public bool IsMethod => !IsType && Parent is { IsType: true } && Header.Contains('(', StringComparison.Ordinal);

    /// <summary>Stands in a loop, however deep.</summary>
    public bool IsRepeated => Parent is { } parent && (Loop().IsMatch(parent.Header) || parent.IsRepeated);

    /// <summary>All blocks, inner ones before the outer ones that hold them.</summary>
    public static IReadOnlyList<SourceBlock> Of(SourceFile file)
    {
        var blocks = new List<SourceBlock>();
        var open = new Stack<(string Header, int Start, int Parentheses)>();
        var code = file.Code;
        var (start, parentheses) = (0, 0);
        for (var i = 0; i < code.Length; i++)
        {
            if (code[i] == '{')
            {
                open.Push((code[start..i].Trim(), FirstOf(code, start), parentheses));
                (start, parentheses) = (i + 1, 0);
            }
            else if (code[i] == '}' && open.TryPop(out var block))
            {
                blocks.Add(new(block.Header, Outer(open), block.Start, i));
                (start, parentheses) = (i + 1, block.Parentheses);
            }
            else if (code[i] == ';' && parentheses == 0)
            {
                blocks.Add(new(code[start..i].Trim(), Outer(open), FirstOf(code, start), i));
                start = i + 1;
            }

            parentheses += code[i] == '(' ? 1 : code[i] == ')' ? -1 : 0;
        }

        return blocks;
    }

    // Ends aren't known yet; what is asked of a parent is what it is.
    private static SourceBlock? Outer(Stack<(string Header, int Start, int Parentheses)> open)
    {
        SourceBlock? outer = null;
        foreach (var (header, start, _) in open.Reverse())
        {
            outer = new(header, outer, start, start);
        }

        return outer;
    }

    private static int FirstOf(string code, int start)
    {
        while (start < code.Length && char.IsWhiteSpace(code[start]))
        {
            start++;
        }

        return start;
    }

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+\w+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^(while|do|for|foreach|await foreach)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Loop();
}
