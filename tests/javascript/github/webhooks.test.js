// Webhooks as GitHub's official JavaScript packages see them: made, received, verified, listed and sent again.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { verify } from "@octokit/webhooks-methods";
import { check, checkWebhook, templateOf } from "./described.js";

const { SIMULATOR_URL, SIMULATOR_TOKEN, SIMULATOR_APP_ID, SIMULATOR_INSTALLATION_ID, SIMULATOR_APP_KEY } = process.env;
const baseUrl = `${SIMULATOR_URL}/api/v3`;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const secret = "It's a Secret to Everybody";
const [org, owner, repo] = ["octo-org", "octo-org", "app"];
const received = [];
const waiting = [];
let status = 204;

function connect(options) {
  const octokit = new Octokit({ log, userAgent: "official-client-tests", baseUrl, ...options });
  octokit.hook.after("request", (answer, request) => check(request.method, templateOf(request.url, baseUrl), answer.status, answer.data));
  return octokit;
}

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
  response.writeHead(status).end();
  waiting.splice(0).forEach((resolve) => resolve());
});

/** The first delivery so far, or yet to come, that fits. */
async function delivery(event, fits = () => true) {
  for (;;) {
    const found = received.find((item) => item.headers["x-github-event"] === event && fits(JSON.parse(item.body)));
    if (found) return { ...found, payload: JSON.parse(found.body) };
    await new Promise((resolve) => waiting.push(resolve));
  }
}

async function simulate(method, path, body) {
  const answer = await fetch(`${SIMULATOR_URL}/_simulator/${path}`, { method, body: body && JSON.stringify(body), headers: { "user-agent": "tests" } });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.status === 204 ? undefined : answer.json();
}

describe("webhooks", () => {
  const octokit = connect({ auth: SIMULATOR_TOKEN });
  let hook_id;

  before(async () => {
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${server.address().port}/hook`;
    const made = await octokit.rest.orgs.createWebhook({ org, name: "web", events: ["workflow_job", "workflow_run"], config: { url, secret, content_type: "json" } });
    hook_id = made.data.id;
  });

  after(() => server.close());

  test("a webhook is listed and pinged", async () => {
    assert.deepEqual((await octokit.rest.orgs.listWebhooks({ org })).data.map((hook) => hook.id), [hook_id]);
    assert.equal((await octokit.rest.orgs.getWebhook({ org, hook_id })).data.id, hook_id);
    const ping = await delivery("ping");
    assert.equal(ping.payload.hook_id, hook_id);
    assert.ok(await verify(secret, ping.body, ping.headers["x-hub-signature-256"]));
  });

  test("jobs and runs are told in the published shape, signed", async () => {
    const [job] = await simulate("POST", "jobs", { repository: `${owner}/${repo}`, labels: ["nobody-serves-this"], seconds: 1 });
    const queued = await delivery("workflow_job", (payload) => payload.workflow_job.id === job.id);
    assert.ok(await verify(secret, queued.body, queued.headers["x-hub-signature-256"]));
    checkWebhook("workflow-job-queued", queued.payload);
    checkWebhook("workflow-run-requested", (await delivery("workflow_run")).payload);

    const runs = await octokit.rest.actions.listWorkflowRunsForRepo({ owner, repo, status: "queued" });
    assert.deepEqual(runs.data.workflow_runs.map((run) => run.id), [job.runId]);
    const jobs = await octokit.rest.actions.listJobsForWorkflowRun({ owner, repo, run_id: job.runId });
    assert.deepEqual(jobs.data.jobs.map(({ id, status, labels }) => ({ id, status, labels })), [{ id: job.id, status: "queued", labels: ["nobody-serves-this"] }]);
    await octokit.rest.actions.getWorkflowRun({ owner, repo, run_id: job.runId });
    assert.equal((await octokit.rest.actions.cancelWorkflowRun({ owner, repo, run_id: job.runId })).status, 202);
    const completed = await delivery("workflow_job", (payload) => payload.action === "completed");
    checkWebhook("workflow-job-completed", completed.payload);
    checkWebhook("workflow-run-completed", (await delivery("workflow_run", (payload) => payload.action === "completed")).payload);
    assert.equal((await octokit.rest.actions.getJobForWorkflowRun({ owner, repo, job_id: job.id })).data.conclusion, "cancelled");
    assert.equal((await octokit.rest.actions.reRunJobForWorkflowRun({ owner, repo, job_id: job.id })).status, 201);
    const again = await octokit.rest.actions.listJobsForWorkflowRunAttempt({ owner, repo, run_id: job.runId, attempt_number: 2 });
    assert.deepEqual(again.data.jobs.map(({ run_attempt, status }) => ({ run_attempt, status })), [{ run_attempt: 2, status: "queued" }]);
    assert.equal((await octokit.rest.actions.forceCancelWorkflowRun({ owner, repo, run_id: job.runId })).status, 202);
    assert.equal((await octokit.rest.actions.reRunWorkflow({ owner, repo, run_id: job.runId })).status, 201);
    assert.equal((await octokit.rest.actions.getWorkflowRun({ owner, repo, run_id: job.runId })).data.run_attempt, 3);
    await octokit.rest.actions.cancelWorkflowRun({ owner, repo, run_id: job.runId });
  });

  test("a failed delivery is found and sent again under its GUID", async () => {
    status = 503;
    const [job] = await simulate("POST", "jobs", { repository: `${owner}/${repo}`, labels: ["nobody-serves-this"] });
    const first = await delivery("workflow_job", (payload) => payload.workflow_job.id === job.id);
    status = 204;
    received.length = 0;
    let failed;
    while (!failed) {
      const { data } = await octokit.rest.orgs.listWebhookDeliveries({ org, hook_id, status: "failure" });
      failed = data.find((item) => item.guid === first.headers["x-github-delivery"]);
    }

    assert.equal(failed.status_code, 503);
    assert.equal((await octokit.rest.orgs.redeliverWebhookDelivery({ org, hook_id, delivery_id: failed.id })).status, 202);
    const again = await delivery("workflow_job", (payload) => payload.workflow_job.id === job.id);
    assert.equal(again.headers["x-github-delivery"], failed.guid);
    const whole = await octokit.rest.orgs.getWebhookDelivery({ org, hook_id, delivery_id: failed.id });
    assert.equal(whole.data.request.payload.workflow_job.id, job.id);
    await simulate("DELETE", `jobs/${job.id}`);
  });

  test("deliveries are paged by cursor", async () => {
    const pages = [];
    for await (const page of octokit.paginate.iterator(octokit.rest.orgs.listWebhookDeliveries, { org, hook_id, per_page: 2 })) {
      pages.push(page.data.length);
    }

    assert.ok(pages.length >= 3 && pages.slice(0, -1).every((length) => length === 2), `${pages}`);
  });

  test("repositories of an organization and an installation are listed", async () => {
    const installation = { appId: SIMULATOR_APP_ID, installationId: SIMULATOR_INSTALLATION_ID, privateKey: SIMULATOR_APP_KEY };
    const app = connect({ authStrategy: createAppAuth, auth: installation });
    assert.deepEqual((await octokit.rest.repos.listForOrg({ org })).data.map((item) => item.full_name), [`${owner}/${repo}`]);
    assert.equal((await app.rest.apps.listReposAccessibleToInstallation()).data.total_count, 1);
  });

  test("a webhook of a repository comes and goes", async () => {
    const url = `http://127.0.0.1:${server.address().port}/hook`;
    const { data } = await octokit.rest.repos.createWebhook({ owner, repo, events: ["workflow_job"], config: { url, content_type: "json" } });
    assert.deepEqual((await octokit.rest.repos.listWebhooks({ owner, repo })).data.map((hook) => hook.id), [data.id]);
    await octokit.rest.repos.listWebhookDeliveries({ owner, repo, hook_id: data.id });
    await octokit.rest.repos.deleteWebhook({ owner, repo, hook_id: data.id });
  });
});
