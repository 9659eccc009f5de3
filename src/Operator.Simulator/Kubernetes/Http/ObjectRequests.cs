using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Selection;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Maps requests about objects to calls of <see cref="ObjectApi"/>, and their results to responses.</summary>
internal sealed class ObjectRequests(Cluster cluster, ObjectApi objects, CancellationToken stopping)
{
    public async Task<Answer> AnswerAsync(ApiCall call) => call.Verb switch
    {
        "GET" => Get(call),
        "LIST" => List(call),
        "WATCH" => Watch(call),
        "CREATE" => await CreateAsync(call),
        "UPDATE" => await UpdateAsync(call),
        "PATCH" => await PatchAsync(call),
        "APPLY" => await ApplyAsync(call),
        "DELETE" => await DeleteAsync(call),
        _ => await DeleteCollectionAsync(call),
    };

    private Answer Get(ApiCall call)
    {
        var (type, key) = (call.Target.Type, call.Target.Key);
        if (call.Target.Subresource == "scale")
        {
            return Answer.From(objects.GetScale(type, key));
        }

        var item = objects.Get(type, key);
        return TableOf(call) is { } table ? Answer.From(table.Render([item], new JsonObject())) : Answer.From(item);
    }

    private Answer List(ApiCall call)
    {
        var type = call.Target.Type;
        var query = new ListQuery(
            call.Number("limit"),
            call.Parameter("continue"),
            call.Parameter("resourceVersion"),
            call.Parameter("resourceVersionMatch") == "Exact");
        var page = objects.List(type, SelectionOf(call), query);
        var metadata = ListAnswer.Metadata(page);
        return TableOf(call) is { } table ? Answer.From(table.Render(page.Items, metadata)) : new ListAnswer(type, page.Items, metadata);
    }

    private WatchAnswer Watch(ApiCall call)
    {
        var query = WatchQuery.Parse(call, SelectionOf(call));
        return new WatchAnswer(new WatchStream(cluster, call.Target.Type, query, TableOf(call)), stopping);
    }

    private async Task<Answer> CreateAsync(ApiCall call)
    {
        var item = await RequestBody.ReadObjectAsync(call.Request);
        var type = call.Target.Type;
        if (type.IsReview)
        {
            if (!cluster.Reviews.Review(type.Kind, item))
            {
                cluster.Denials.Review(item);
            }

            return Answer.From(item, StatusCodes.Status201Created);
        }

        if (type.Namespaced && call.Target.Namespace.Length == 0)
        {
            throw ApiErrors.MethodNotAllowed();
        }

        var options = call.ToWriteOptions();
        return Answer.From(objects.Create(type, call.Target.Namespace, item, options), StatusCodes.Status201Created, options.Warnings);
    }

    private async Task<Answer> UpdateAsync(ApiCall call)
    {
        var item = await RequestBody.ReadObjectAsync(call.Request);
        var (type, key, options) = (call.Target.Type, call.Target.Key, call.ToWriteOptions());
        return call.Target.Subresource == "scale"
            ? Answer.From(objects.PutScale(type, key, item, options))
            : Answer.From(objects.Update(type, key, call.Target.Subresource, item, options), warnings: options.Warnings);
    }

    private async Task<Answer> PatchAsync(ApiCall call)
    {
        var body = await RequestBody.ReadAsync(call.Request) ?? throw ApiErrors.BadRequest("error decoding patch: it is empty");
        var (type, key, options) = (call.Target.Type, call.Target.Key, call.ToWriteOptions());
        var patch = (call.PatchType, body);
        return call.Target.Subresource == "scale"
            ? Answer.From(objects.PatchScale(type, key, patch, options))
            : Answer.From(objects.Patch(type, key, call.Target.Subresource, patch, options), warnings: options.Warnings);
    }

    private async Task<Answer> ApplyAsync(ApiCall call)
    {
        var configuration = await RequestBody.ReadObjectAsync(call.Request);
        var options = call.ToWriteOptions();
        if (string.IsNullOrEmpty(call.Parameter("fieldManager")))
        {
            throw ApiErrors.Unprocessable("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }

        var (item, created) = objects.Apply(call.Target.Type, call.Target.Key, call.Target.Subresource, configuration, options);
        return Answer.From(item, created ? StatusCodes.Status201Created : StatusCodes.Status200OK, options.Warnings);
    }

    private async Task<Answer> DeleteAsync(ApiCall call)
    {
        var (type, options) = (call.Target.Type, await ReadDeleteOptionsAsync(call));
        var (item, gone) = objects.Delete(type, call.Target.Key, options);
        return gone ? Answer.From(Success(type, item)) : Answer.From(item);
    }

    private async Task<Answer> DeleteCollectionAsync(ApiCall call)
    {
        var type = call.Target.Type;
        var deleted = objects.DeleteAll(type, SelectionOf(call), await ReadDeleteOptionsAsync(call));
        return new ListAnswer(type, deleted, []);
    }

    private static async Task<DeleteOptions> ReadDeleteOptionsAsync(ApiCall call)
    {
        var body = await RequestBody.ReadAsync(call.Request);
        var policy = body?["propagationPolicy"]?.ToString() ?? call.Parameter("propagationPolicy");
        return new DeleteOptions
        {
            Uid = body?["preconditions"]?["uid"]?.ToString(),
            ResourceVersion = body?["preconditions"]?["resourceVersion"]?.ToString(),
            Propagation = Enum.TryParse<Propagation>(policy, out var propagation) ? propagation : Propagation.Background,
            DryRun = call.Parameter("dryRun") == "All" || body?["dryRun"] is JsonArray { Count: > 0 },
        };
    }

    private static JsonObject Success(ResourceType type, StoredObject item) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["details"] = new JsonObject { ["name"] = item.Key.Name, ["group"] = type.Group, ["kind"] = type.Plural, ["uid"] = item.Uid },
    };

    private static ObjectSelection SelectionOf(ApiCall call) => new(
        call.Target.Namespace,
        LabelSelector.Parse(call.Parameter("labelSelector")),
        FieldSelector.Parse(call.Parameter("fieldSelector"), call.Target.Type));

    private ObjectTable? TableOf(ApiCall call) =>
        call.Request.Headers.Accept.ToString().Contains("as=Table") && call.Target.Subresource != "scale"
            ? new ObjectTable(call.Target.Type, call.Parameter("includeObject"), cluster.TimeProvider)
            : null;
}
