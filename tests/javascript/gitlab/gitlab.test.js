// A widely used client of GitLab against the simulated GitLab. The test that starts the simulator says where it is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Gitlab, GitbeakerRequestError } from "@gitbeaker/rest";

const { SIMULATOR_URL, SIMULATOR_TOKEN, SIMULATOR_READER } = process.env;
const api = new Gitlab({ host: SIMULATOR_URL, token: SIMULATOR_TOKEN });
const group = await api.Groups.show("my-group");
const refused = (status) => (error) => {
  assert.ok(error instanceof GitbeakerRequestError, String(error));
  assert.equal(error.cause.response.status, status);
  return true;
};
const create = (options) => api.Users.createCIRunner("group_type", { groupId: group.id, ...options });

describe("runners", () => {
  test("one is created, shown, paused and deleted", async () => {
    const created = await create({ description: "one", tagList: ["a", "b"], runUntagged: false, maximumTimeout: 3600 });
    assert.match(created.token, /^glrt-t2_/);
    const shown = await api.Runners.show(created.id);
    assert.deepEqual([shown.description, shown.tag_list, shown.status, shown.token], ["one", ["a", "b"], "never_contacted", undefined]);
    assert.equal((await api.Runners.edit(created.id, { paused: true })).paused, true);
    await api.Runners.remove({ runnerId: created.id });
    await assert.rejects(api.Runners.show(created.id), refused(404));
  });

  test("two may have one description: creating is not idempotent", async () => {
    const [one, other] = [await create({ description: "same" }), await create({ description: "same" })];
    assert.notEqual(one.id, other.id);
  });

  test("one is verified and deleted by its token, once", async () => {
    const { id, token } = await create({ description: "by token" });
    assert.equal((await api.Runners.verify({ token })).id, id);
    assert.equal((await api.Runners.show(id)).status, "online");
    await api.Runners.remove({ token });
    await assert.rejects(api.Runners.remove({ token }), refused(403));
  });

  test("what is not valid is refused", async () => {
    await assert.rejects(create({ runUntagged: false }), refused(400));
    await assert.rejects(create({ maximumTimeout: 599 }), refused(400));
    await assert.rejects(create({ tagList: Array.from({ length: 51 }, (_, i) => `t${i}`) }), refused(400));
  });

  test("a token of a smaller scope is refused", async () => {
    const reader = new Gitlab({ host: SIMULATOR_URL, token: SIMULATOR_READER });
    assert.equal((await reader.Groups.show("my-group")).id, group.id);
    await assert.rejects(reader.Users.createCIRunner("group_type", { groupId: group.id }), refused(403));
    await assert.rejects(new Gitlab({ host: SIMULATOR_URL, token: "other" }).Groups.show("my-group"), refused(401));
  });

  test("lists of several pages are complete", async () => {
    for (let i = 0; i < 45; i++) {
      await create({ description: `many-${i}` });
    }
    const all = await api.Runners.all({ groupId: "my-group" });
    assert.equal(all.filter((runner) => runner.description.startsWith("many-")).length, 45);
  });
});

describe("jobs", () => {
  test("pending ones are listed with their tags", async () => {
    const pending = await api.Jobs.all("my-group/app", { scope: ["pending"] });
    assert.equal(pending.length, 30);
    assert.deepEqual(pending[0].tag_list, ["a"]);
    assert.deepEqual(await api.Jobs.all("my-group/app", { scope: ["running"] }), []);
    const job = await api.Jobs.show("my-group/app", pending[0].id);
    assert.deepEqual([job.status, job.runner], ["pending", null]);
  });
});
