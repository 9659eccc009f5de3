using FsCheck;
using FsCheck.Fluent;

namespace Operator.Entities.Tests;

/// <summary>Texts that are often nearly right.</summary>
internal static class Texts
{
    public static Arbitrary<string> From(string characters) =>
        Gen.Elements(characters.ToCharArray()).ListOf().Select(letters => string.Concat(letters)).ToArbitrary();
}
