using Microsoft.AspNetCore.Http;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>A request: its verb and target, and its name for faults and counts.</summary>
/// <param name="Verb">GET, LIST, WATCH, CREATE, UPDATE, PATCH, APPLY, DELETE or DELETECOLLECTION.</param>
/// <param name="Target">Its target.</param>
/// <param name="Request">The HTTP request.</param>
internal sealed record ApiCall(string Verb, RequestTarget Target, HttpRequest Request)
{
    /// <summary>Such as <c>kubernetes:PATCH runnerleases/status</c>.</summary>
    public string Name { get; } = Target.Subresource.Length == 0
        ? $"kubernetes:{Verb} {Target.Type.Plural}"
        : $"kubernetes:{Verb} {Target.Type.Plural}/{Target.Subresource}";

    public static ApiCall Parse(HttpRequest request, RequestTarget target)
    {
        var isCollection = target.Name.Length == 0;
        var verb = request.Method switch
        {
            "GET" when !isCollection => "GET",
            "GET" when Flag(request, "watch") => "WATCH",
            "GET" => "LIST",
            "POST" when isCollection => "CREATE",
            "PUT" when !isCollection => "UPDATE",
            "PATCH" when !isCollection => MediaType(request) == PatchTypes.Apply ? "APPLY" : "PATCH",
            "DELETE" when target.Subresource.Length == 0 => isCollection ? "DELETECOLLECTION" : "DELETE",
            _ => throw ApiErrors.MethodNotAllowed(),
        };
        return !target.Type.IsReview || verb == "CREATE" ? new ApiCall(verb, target, request) : throw ApiErrors.MethodNotAllowed();
    }

    public string? Parameter(string name) => Request.Query.TryGetValue(name, out var value) ? (string?)value : null;

    public bool Flag(string name) => Flag(Request, name);

    public int Number(string name) => int.TryParse(Parameter(name), out var number) ? number : 0;

    public string PatchType => MediaType(Request) ?? "";

    /// <summary>The options of a request that writes.</summary>
    public WriteOptions ToWriteOptions() => new(Parameter("fieldManager") is { Length: > 0 } manager ? manager : NameOfClient())
    {
        DryRun = Parameter("dryRun") == "All",
        Force = Flag("force"),
        FieldValidation = Enum.TryParse<FieldValidation>(Parameter("fieldValidation"), out var validation) ? validation : FieldValidation.Warn,
    };

    private static bool Flag(HttpRequest request, string name) => request.Query.TryGetValue(name, out var value) && (string?)value is not ("false" or "0");

    private static string? MediaType(HttpRequest request) => request.ContentType?.Split(';')[0].Trim();

    // A client without a field manager owns fields under the first part of its user agent.
    private string NameOfClient() =>
        Request.Headers.UserAgent.ToString().Split('/')[0] is { Length: > 0 } agent ? agent : "unknown";
}
