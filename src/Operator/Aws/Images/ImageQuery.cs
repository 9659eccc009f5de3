namespace Operator.Aws.Images;

/// <summary>Identifies a machine image.</summary>
internal abstract record ImageQuery
{
    private ImageQuery()
    {
    }

    /// <summary>The image with this id.</summary>
    /// <param name="ImageId">Such as <c>ami-0123456789abcdef0</c>.</param>
    internal sealed record Id(string ImageId) : ImageQuery;

    /// <summary>The image whose id is the value of an SSM parameter, public or the account's own.</summary>
    /// <param name="Name">Such as <c>/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id</c>.</param>
    internal sealed record SsmParameter(string Name) : ImageQuery;

    /// <summary>The newest matching image. Has value equality, as caches need it.</summary>
    internal sealed record Selector : ImageQuery
    {
        /// <summary>
        /// Account ids, <c>self</c>, <c>amazon</c>; empty means <c>self</c>, because anyone may publish an image under any name.
        /// </summary>
        public IReadOnlyList<string> Owners { get; init; } = [];

        /// <summary>Tags; a value of <c>*</c> matches any.</summary>
        public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

        /// <summary>Name, with <c>*</c> and <c>?</c>; null matches any.</summary>
        public string? Name { get; init; }

        public bool Equals(Selector? other) => other is not null && ToString() == other.ToString();

        public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

        public override string ToString()
        {
            var tags = Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}");
            return $"owners [{string.Join(", ", Owners)}], tags [{string.Join(", ", tags)}], name [{Name}]";
        }
    }
}
