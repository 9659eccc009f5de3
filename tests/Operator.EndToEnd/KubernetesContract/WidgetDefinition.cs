using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>A small custom resource that has everything the contract is about.</summary>
public static class WidgetDefinition
{
    public const string ApiVersion = "contract.test/v1";

    public static JsonObject Widget(string name) => new()
    {
        ["apiVersion"] = ApiVersion,
        ["kind"] = "Widget",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["size"] = 1 },
    };

    public static JsonObject WidgetWith(string name, string spec)
    {
        var widget = Widget(name);
        widget["spec"] = JsonNode.Parse(spec);
        return widget;
    }

    public static JsonObject Definition(string plural = "widgets", string kind = "Widget") => JsonNode.Parse($$$"""
        {
          "apiVersion": "apiextensions.k8s.io/v1",
          "kind": "CustomResourceDefinition",
          "metadata": {"name": "{{{plural}}}.contract.test"},
          "spec": {
            "group": "contract.test",
            "scope": "Namespaced",
            "names": {"plural": "{{{plural}}}", "kind": "{{{kind}}}", "shortNames": ["{{{plural[..3]}}}"], "categories": ["toys"]},
            "versions": [{
              "name": "v1",
              "served": true,
              "storage": true,
              "subresources": {
                "status": {},
                "scale": {"specReplicasPath": ".spec.count", "statusReplicasPath": ".status.count", "labelSelectorPath": ".status.selector"}
              },
              "additionalPrinterColumns": [
                {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
                {"name": "Color", "type": "string", "jsonPath": ".spec.color", "priority": 1},
                {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
              ],
              "schema": {"openAPIV3Schema": {
                "type": "object",
                "required": ["spec"],
                "properties": {
                  "spec": {
                    "type": "object",
                    "required": ["size"],
                    "properties": {
                      "size": {"type": "integer", "minimum": 1, "maximum": 100, "description": "How large it is."},
                      "count": {"type": "integer", "format": "int32", "default": 1},
                      "color": {"type": "string", "enum": ["red", "green"], "default": "red"},
                      "label": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
                      "options": {
                        "type": "object",
                        "properties": {"depth": {"type": "integer", "default": 3}, "name": {"type": "string"}}
                      },
                      "settings": {"type": "object", "additionalProperties": {"type": "string"}},
                      "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                      "amount": {"x-kubernetes-int-or-string": true},
                      "parts": {
                        "type": "array",
                        "maxItems": 3,
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["name"],
                        "items": {
                          "type": "object",
                          "required": ["name"],
                          "properties": {"name": {"type": "string"}, "weight": {"type": "integer"}, "note": {"type": "string"}}
                        }
                      },
                      "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                      "steps": {"type": "array", "items": {"type": "string"}}
                    }
                  },
                  "status": {
                    "type": "object",
                    "properties": {
                      "count": {"type": "integer"},
                      "selector": {"type": "string"},
                      "phase": {"type": "string"},
                      "conditions": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["type"],
                        "items": {
                          "type": "object",
                          "required": ["type", "status"],
                          "properties": {"type": {"type": "string"}, "status": {"type": "string"}, "reason": {"type": "string"}}
                        }
                      }
                    }
                  }
                }
              }}
            }]
          }
        }
        """)!.AsObject();
}
