using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Operator.Scenarios;

/// <summary>
/// How many entries each collection of the operator holds, found by walking from a part of it along the fields of everything that is the operator's own:
/// a leak has no other place to be.
/// </summary>
internal static class HeldObjects
{
    private static readonly Dictionary<Type, FieldInfo[]> Fields = [];

    /// <summary>The number of entries by where they are held: the type and field that lead to the collection.</summary>
    public static SortedDictionary<string, int> Count(object root)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Queue<(object Item, string Holder)>([(root, root.GetType().Name)]);
        while (open.TryDequeue(out var next))
        {
            if (!next.Item.GetType().IsValueType && !seen.Add(next.Item))
            {
                continue;
            }

            if (next.Item is Delegate called)
            {
                foreach (var target in called.GetInvocationList().Select(one => one.Target).OfType<object>())
                {
                    open.Enqueue((target, next.Holder));
                }
            }
            else if (next.Item is IEnumerable items and not string)
            {
                foreach (var item in Snapshot(items))
                {
                    counts[next.Holder] = counts.GetValueOrDefault(next.Holder) + 1;
                    Push(open, item, next.Holder);
                }
            }

            foreach (var field in FieldsOf(next.Item.GetType()))
            {
                Push(open, field.GetValue(next.Item), IsHolder(field.DeclaringType!) ? $"{Name(field.DeclaringType!)}.{field.Name}" : next.Holder);
            }
        }

        return counts;
    }

    // What is in a map that forgets counts where the map is.
    private static bool IsHolder(Type type) =>
        type.Namespace?.StartsWith("Operator", StringComparison.Ordinal) == true && type.Name != "ExpiringMap`2";

    private static void Push(Queue<(object Item, string Holder)> open, object? item, string holder)
    {
        if (item is not null and not string && !item.GetType().IsPrimitive && !item.GetType().IsEnum)
        {
            open.Enqueue((item, holder));
        }
    }

    // A collection that changes while it is walked is walked again.
    private static List<object> Snapshot(IEnumerable items)
    {
        while (true)
        {
            try
            {
                return [.. items.Cast<object?>().OfType<object>()];
            }
            catch (InvalidOperationException)
            {
            }
        }
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        if (!Fields.TryGetValue(type, out var fields))
        {
            var found = new List<FieldInfo>();
            for (var level = type; level is not null && IsWalked(level); level = level.BaseType)
            {
                found.AddRange(level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                    .Where(field => !field.FieldType.IsPointer && !field.FieldType.IsByRefLike));
            }

            Fields[type] = fields = [.. found];
        }

        return fields;
    }

    // The operator's own, what the container keeps, and the pairs and entries that collections hold.
    private static bool IsWalked(Type type) =>
        type.Namespace?.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal) == true
        || (type.Namespace?.StartsWith("Operator", StringComparison.Ordinal) == true && !type.Namespace.StartsWith("Operator.Simulator", StringComparison.Ordinal))
        || type.FullName?.StartsWith("System.Collections.Generic.KeyValuePair`", StringComparison.Ordinal) == true
        || type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true
        || (type.Namespace is null && type.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static string Name(Type type) => type.DeclaringType is { } outer ? $"{Name(outer)}.{type.Name}" : type.Name;
}
