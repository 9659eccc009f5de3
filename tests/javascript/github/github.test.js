// GitHub's official JavaScript client against the simulated GitHub. The test that starts the simulator says where it is.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, test } from "node:test";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { check, checked, templateOf } from "./described.js";

const { SIMULATOR_URL, SIMULATOR_TOKEN, SIMULATOR_APP_ID, SIMULATOR_INSTALLATION_ID, SIMULATOR_APP_KEY } = process.env;
const log = { debug() {}, info() {}, warn() {}, error() {} };

function connect(options) {
  const octokit = new Octokit({ log, userAgent: "official-client-tests", ...options });
  const checkAnswer = (request, answer) =>
    check(request.method, templateOf(request.url, request.baseUrl), answer.status, answer.data);
  octokit.hook.after("request", (answer, request) => checkAnswer(request, answer));
  octokit.hook.error("request", (error, request) => {
    if (error.response && error.status !== 304) {
      checkAnswer(request, error.response);
    }
    throw error;
  });
  return octokit;
}

const refused = (status) => (error) => (assert.equal(error.status, status, error.message), true);
const app = {
  authStrategy: createAppAuth,
  auth: { appId: SIMULATOR_APP_ID, installationId: SIMULATOR_INSTALLATION_ID, privateKey: SIMULATOR_APP_KEY },
};
const org = "octo-org";
const owner = "octo-org";
const repo = "app";
let serial = 0;
const newName = () => `runner-${++serial}`;

const roots = { "api.github.com": SIMULATOR_URL, GHES: `${SIMULATOR_URL}/api/v3` };
for (const [root, baseUrl] of Object.entries(roots)) {
  describe(`as ${root}`, () => {
    for (const [who, options] of Object.entries({ token: { auth: SIMULATOR_TOKEN }, app })) {
      const octokit = connect({ baseUrl, ...options });

      test(`${who}: a runner of an organization comes and goes`, async () => {
        const name = newName();
        const made = await octokit.rest.actions.generateRunnerJitconfigForOrg({ org, name, runner_group_id: 1, labels: ["self-hosted", "large"] });
        assert.equal(made.status, 201);
        assert.equal(made.data.runner.name, name);
        const files = JSON.parse(Buffer.from(made.data.encoded_jit_config, "base64").toString());
        assert.deepEqual(Object.keys(files), [".runner", ".credentials", ".credentials_rsaparams"]);
        const runner_id = made.data.runner.id;

        const again = octokit.rest.actions.generateRunnerJitconfigForOrg({ org, name, runner_group_id: 1, labels: ["large"] });
        await assert.rejects(again, refused(409));
        const one = await octokit.rest.actions.getSelfHostedRunnerForOrg({ org, runner_id });
        assert.deepEqual(one.data.labels.map((label) => label.name), ["self-hosted", "large"]);
        const found = await octokit.rest.actions.listSelfHostedRunnersForOrg({ org, name });
        assert.deepEqual(found.data.runners.map((runner) => runner.id), [runner_id]);
        assert.equal((await octokit.rest.actions.deleteSelfHostedRunnerFromOrg({ org, runner_id })).status, 204);
      });

      test(`${who}: a runner of a repository comes and goes`, async () => {
        const name = newName();
        const made = await octokit.rest.actions.generateRunnerJitconfigForRepo({ owner, repo, name, runner_group_id: 1, labels: ["large"], work_folder: "_work" });
        const runner_id = made.data.runner.id;
        assert.equal((await octokit.rest.actions.getSelfHostedRunnerForRepo({ owner, repo, runner_id })).data.name, name);
        assert.equal((await octokit.rest.actions.listSelfHostedRunnersForRepo({ owner, repo })).data.total_count, 1);
        assert.equal((await octokit.rest.actions.deleteSelfHostedRunnerFromRepo({ owner, repo, runner_id })).status, 204);
      });

      test(`${who}: all pages are found by their links`, async () => {
        const runners = await octokit.paginate(octokit.rest.actions.listSelfHostedRunnersForOrg, { org, per_page: 50 });
        assert.equal(runners.filter((runner) => runner.name.startsWith("foreign-")).length, 120);
        assert.equal(new Set(runners.map((runner) => runner.id)).size, runners.length);
      });

      test(`${who}: an unchanged list is 304 and costs nothing`, async () => {
        const first = await octokit.rest.actions.listSelfHostedRunnersForOrg({ org, per_page: 100 });
        const headers = { "if-none-match": first.headers.etag };
        const second = octokit.rest.actions.listSelfHostedRunnersForOrg({ org, per_page: 100, headers });
        await assert.rejects(second, (error) => {
          assert.equal(error.status, 304);
          assert.equal(error.response.headers["x-ratelimit-remaining"], first.headers["x-ratelimit-remaining"]);
          return true;
        });
      });

      test(`${who}: a busy runner stays`, async () => {
        const { data } = await octokit.rest.actions.listSelfHostedRunnersForOrg({ org, name: "busy" });
        const [{ id: runner_id, status, busy }] = data.runners;
        assert.deepEqual([status, busy], ["online", true]);
        await assert.rejects(octokit.rest.actions.deleteSelfHostedRunnerFromOrg({ org, runner_id }), refused(422));
      });

      test(`${who}: bad labels are refused`, async () => {
        const bad = octokit.rest.actions.generateRunnerJitconfigForOrg({ org, name: newName(), runner_group_id: 1, labels: [] });
        await assert.rejects(bad, refused(422));
      });

      test(`${who}: what may not be seen is not there`, async () => {
        const unknown = { org: "nobody", name: newName(), runner_group_id: 1, labels: ["large"] };
        await assert.rejects(octokit.rest.actions.generateRunnerJitconfigForOrg(unknown), refused(404));
      });

      test(`${who}: groups, downloads and registration tokens`, async () => {
        const groups = await octokit.request("GET /orgs/{org}/actions/runner-groups", { org });
        assert.deepEqual(groups.data.runner_groups.map((group) => group.name), ["Default", "gpu"]);
        const downloads = await octokit.rest.actions.listRunnerApplicationsForOrg({ org });
        const [download] = downloads.data;
        const bytes = Buffer.from(await (await fetch(download.download_url)).arrayBuffer());
        assert.equal(createHash("sha256").update(bytes).digest("hex"), download.sha256_checksum);
        assert.equal((await octokit.rest.actions.listRunnerApplicationsForRepo({ owner, repo })).status, 200);
        assert.equal((await octokit.rest.actions.createRegistrationTokenForOrg({ org })).status, 201);
        assert.equal((await octokit.rest.actions.createRegistrationTokenForRepo({ owner, repo })).status, 201);
      });
    }

    test("an enterprise's runners need a token", async () => {
      const octokit = connect({ baseUrl, auth: SIMULATOR_TOKEN });
      const place = { enterprise: "octo-corp" };
      const made = await octokit.request("POST /enterprises/{enterprise}/actions/runners/generate-jitconfig", { ...place, name: newName(), runner_group_id: 1, labels: ["large"] });
      const runner_id = made.data.runner.id;
      assert.equal((await octokit.request("GET /enterprises/{enterprise}/actions/runners", place)).data.total_count, 1);
      await octokit.request("GET /enterprises/{enterprise}/actions/runners/{runner_id}", { ...place, runner_id });
      await octokit.request("GET /enterprises/{enterprise}/actions/runner-groups", place);
      await octokit.request("GET /enterprises/{enterprise}/actions/runners/downloads", place);
      await octokit.request("DELETE /enterprises/{enterprise}/actions/runners/{runner_id}", { ...place, runner_id });
    });

    test("an App's wrong key and a missing installation are told apart", async () => {
      const jwt = connect({ baseUrl, authStrategy: createAppAuth, auth: { appId: SIMULATOR_APP_ID, privateKey: SIMULATOR_APP_KEY } });
      const made = await jwt.rest.apps.createInstallationAccessToken({ installation_id: Number(SIMULATOR_INSTALLATION_ID) });
      assert.equal(made.status, 201);
      await assert.rejects(jwt.rest.apps.createInstallationAccessToken({ installation_id: 1 }), refused(404));
      const stranger = connect({ baseUrl, authStrategy: createAppAuth, auth: { appId: "99999", privateKey: SIMULATOR_APP_KEY } });
      await assert.rejects(stranger.rest.apps.createInstallationAccessToken({ installation_id: 1 }), refused(401));
    });

    test("limits are told in the headers", async () => {
      const octokit = connect({ baseUrl, auth: SIMULATOR_TOKEN });
      const { headers } = await octokit.rest.actions.listRunnerApplicationsForOrg({ org });
      assert.equal(headers["x-ratelimit-resource"], "core");
      assert.equal(Number(headers["x-ratelimit-limit"]), Number(headers["x-ratelimit-used"]) + Number(headers["x-ratelimit-remaining"]));
      assert.ok(Number(headers["x-ratelimit-reset"]) * 1000 > Date.now());
    });
  });
}

after(() => assert.ok(checked.size >= 25, `only ${checked.size} kinds of answers were checked: ${[...checked].join(", ")}`));
