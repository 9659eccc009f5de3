// Checks answers against GitHub's own description of its API, so that the simulator is not made to fit one client only.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const file = createRequire(import.meta.url).resolve("@octokit/openapi/generated/ghec.json");
// "nullable" means that null is allowed beside the values of an enumeration; Ajv wants it among them.
const allowNull = (key, value) =>
  value?.nullable === true && Array.isArray(value.enum) && !value.enum.includes(null) ? { ...value, enum: [...value.enum, null] } : value;
const description = JSON.parse(readFileSync(file, "utf8"), allowNull);
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, logger: false });
addFormats(ajv);
ajv.addSchema(description, "github");

const pointer = (...parts) =>
  "github#/" + parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

// Pagination calls expanded addresses; the description knows templates. The one with the fewest parameters is meant.
const templates = Object.keys(description.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`) }))
  .sort((a, b) => a.path.split("{").length - b.path.split("{").length);

/** The template of a called address. */
export function templateOf(url, baseUrl) {
  const path = url.replace(baseUrl, "").split("?")[0];
  return description.paths[path] ? path : templates.find(({ pattern }) => pattern.test(path))?.path ?? path;
}

/** Every method, path and status that was checked. */
export const checked = new Set();

/** Fails unless GitHub describes such an answer to such a call. */
export function check(method, path, status, body) {
  const operation = description.paths[path]?.[method.toLowerCase()];
  assert.ok(operation, `GitHub has no ${method} ${path}`);
  const answer = operation.responses[status];
  assert.ok(answer, `GitHub does not answer ${status} to ${method} ${path}, but ${Object.keys(operation.responses)}`);
  checked.add(`${method} ${path} ${status}`);
  const target = answer.$ref
    ? ["components", "responses", answer.$ref.split("/").at(-1)]
    : ["paths", path, method.toLowerCase(), "responses", String(status)];
  const content = answer.$ref ? description.components.responses[target[2]].content : answer.content;
  if (!content) {
    assert.ok(body === undefined || body === "" || body === null, `${method} ${path} ${status} has no body`);
    return;
  }

  const valid = ajv.compile({ $ref: pointer(...target, "content", "application/json", "schema") });
  assert.ok(valid(body), `${method} ${path} ${status}: ${ajv.errorsText(valid.errors)}\n${JSON.stringify(body)}`);
}

const webhooks = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("@octokit/openapi-webhooks/generated/ghec.json"), "utf8"), allowNull);
ajv.addSchema(webhooks, "webhooks");

/** Fails unless GitHub describes such a delivery. */
export function checkWebhook(name, payload) {
  const schema = ["webhooks", name, "post", "requestBody", "content", "application/json", "schema"];
  const valid = ajv.compile({ $ref: `webhooks#/${schema.map((part) => part.replaceAll("/", "~1")).join("/")}` });
  assert.ok(valid(payload), `${name}: ${ajv.errorsText(valid.errors)}`);
}
