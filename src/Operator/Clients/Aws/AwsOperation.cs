using System.Net.Http.Headers;

namespace Operator.Clients.Aws;

/// <summary>Tells which call an HTTP request is, for handlers that count or break calls.</summary>
internal static class AwsOperation
{
    private const string ActionField = "Action=";

    /// <summary>The name, such as <c>ec2:CreateFleet</c> or <c>ssm:PutParameter</c>; <c>unknown</c> for what is no such call.</summary>
    /// <param name="request">A request of one of the clients.</param>
    /// <param name="cancellationToken">Ends the reading of its body.</param>
    public static async Task<string> NameAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.TryGetValues("X-Amz-Target", out var targets))
        {
            return $"ssm:{targets.First().Split('.')[^1]}";
        }

        if (!IsForm(request.Content?.Headers.ContentType))
        {
            return "unknown";
        }

        var form = await request.Content!.ReadAsStringAsync(cancellationToken);
        var action = form.Split('&').FirstOrDefault(field => field.StartsWith(ActionField, StringComparison.Ordinal));
        return action is null ? "unknown" : $"ec2:{action[ActionField.Length..]}";
    }

    private static bool IsForm(MediaTypeHeaderValue? type) => type?.MediaType is "application/x-www-form-urlencoded";
}
