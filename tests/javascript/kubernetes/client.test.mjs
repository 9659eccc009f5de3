// The official JavaScript client against the API server that KUBECONFIG names.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as k8s from '@kubernetes/client-node';

const group = 'javascript.test';
const version = 'v1';
const plural = 'gadgets';
const namespace = 'javascript';
const gadgets = { group, version, namespace, plural };

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const definitions = config.makeApiClient(k8s.ApiextensionsV1Api);
const leases = config.makeApiClient(k8s.CoordinationV1Api);

const gadget = (name, spec = { size: 1 }) => ({ apiVersion: `${group}/${version}`, kind: 'Gadget', metadata: { name, namespace }, spec });
const merge = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);

const refusedWith = (code, reason) => (error) => {
  assert.ok(error instanceof k8s.ApiException, error);
  const status = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
  assert.deepEqual([error.code, status.kind, status.reason], [code, 'Status', reason]);
  return true;
};

before(async () => {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await definitions.createCustomResourceDefinition({
    body: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, kind: 'Gadget' },
        versions: [{
          name: version,
          served: true,
          storage: true,
          subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', _default: 'red' } } },
                status: { type: 'object', properties: { size: { type: 'integer' } } },
              },
            },
          },
        }],
      },
    },
  });
});

after(async () => {
  await core.deleteNamespace({ name: namespace });
  await definitions.deleteCustomResourceDefinition({ name: `${plural}.${group}` });
});

describe('built-in kinds', () => {
  it('lists the namespaces, with the UID that names the cluster', async () => {
    const { items } = await core.listNamespace();
    const system = items.find((item) => item.metadata.name === 'kube-system');
    assert.match(system.metadata.uid, /^[0-9a-f-]{36}$/);
    assert.ok(system.metadata.creationTimestamp instanceof Date);
  });

  it('keeps the texts of a secret as data', async () => {
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'github' }, stringData: { github_token: 'hello' } } });
    const secret = await core.readNamespacedSecret({ name: 'github', namespace });
    assert.equal(secret.data.github_token, Buffer.from('hello').toString('base64'));
  });

  it('gives a lease to one of two', async () => {
    const body = { metadata: { name: 'leader' }, spec: { holderIdentity: 'nobody', renewTime: new k8s.V1MicroTime() } };
    const lease = await leases.createNamespacedLease({ namespace, body });
    await leases.replaceNamespacedLease({ name: 'leader', namespace, body: { ...lease, spec: { holderIdentity: 'one' } } });
    await assert.rejects(
      leases.replaceNamespacedLease({ name: 'leader', namespace, body: { ...lease, spec: { holderIdentity: 'two' } } }),
      refusedWith(409, 'Conflict'),
    );
  });

  it('lists in pages', async () => {
    for (const name of ['a', 'b', 'c']) {
      await core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { paged: 'yes' } } } });
    }

    const first = await core.listNamespacedConfigMap({ namespace, labelSelector: 'paged=yes', limit: 2 });
    const second = await core.listNamespacedConfigMap({ namespace, labelSelector: 'paged=yes', limit: 2, _continue: first.metadata._continue });
    assert.deepEqual([...first.items, ...second.items].map((item) => item.metadata.name), ['a', 'b', 'c']);
    assert.equal(second.metadata._continue, undefined);
  });
});

describe('custom resources', () => {
  it('are created with defaults, read, patched and deleted', async () => {
    const created = await custom.createNamespacedCustomObject({ ...gadgets, body: gadget('plain') });
    assert.deepEqual(created.spec, { size: 1, color: 'red' });

    const merged = await custom.patchNamespacedCustomObject({ ...gadgets, name: 'plain', body: { spec: { size: 2 } } }, merge);
    assert.deepEqual([merged.spec.size, merged.metadata.generation], [2, 2]);
    const patched = await custom.patchNamespacedCustomObject(
      { ...gadgets, name: 'plain', body: { spec: { size: 3 } } },
      merge,
    );
    assert.equal(patched.spec.size, 3);

    await custom.deleteNamespacedCustomObject({ ...gadgets, name: 'plain' });
    await assert.rejects(custom.getNamespacedCustomObject({ ...gadgets, name: 'plain' }), refusedWith(404, 'NotFound'));
  });

  it('have a status and a scale of their own', async () => {
    await custom.createNamespacedCustomObject({ ...gadgets, body: gadget('scaled') });
    const withStatus = await custom.patchNamespacedCustomObjectStatus({ ...gadgets, name: 'scaled', body: { status: { size: 4 } } }, merge);
    assert.deepEqual([withStatus.status.size, withStatus.metadata.generation], [4, 1]);
    await custom.patchNamespacedCustomObjectScale({ ...gadgets, name: 'scaled', body: { spec: { replicas: 5 } } }, merge);
    const scale = await custom.getNamespacedCustomObjectScale({ ...gadgets, name: 'scaled' });
    assert.deepEqual([scale.spec.replicas, scale.status.replicas], [5, 4]);
  });

  it('are refused when the schema forbids them', async () => {
    await assert.rejects(custom.createNamespacedCustomObject({ ...gadgets, body: gadget('bad', { size: 0 }) }), refusedWith(422, 'Invalid'));
  });

  it('are applied by their owners', async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(config);
    const applyAs = (manager, spec, force) =>
      objects.patch(gadget('applied', spec), undefined, undefined, manager, force, k8s.PatchStrategy.ServerSideApply);
    await applyAs('one', { size: 1 });
    await assert.rejects(applyAs('two', { size: 2 }), refusedWith(409, 'Conflict'));
    assert.equal((await applyAs('two', { size: 2 }, true)).spec.size, 2);
  });
});

describe('watching', () => {
  it('follows a collection through an informer', async () => {
    const list = () => custom.listNamespacedCustomObject(gadgets);
    const informer = k8s.makeInformer(config, `/apis/${group}/${version}/namespaces/${namespace}/${plural}`, list);
    const seen = [];
    let notify = () => {};
    for (const verb of ['add', 'update', 'delete']) {
      informer.on(verb, (item) => {
        seen.push(`${verb} ${item.metadata.name}`);
        notify();
      });
    }

    const until = async (entry) => {
      while (!seen.includes(entry)) {
        await new Promise((resolve) => { notify = resolve; });
      }
    };
    let stopped = false;
    // Stopping aborts the watch, which the informer reports as an error too.
    informer.on('error', (error) => assert.ok(stopped, error));
    await informer.start();
    await custom.createNamespacedCustomObject({ ...gadgets, body: gadget('watched') });
    await until('add watched');
    await custom.patchNamespacedCustomObject({ ...gadgets, name: 'watched', body: { spec: { size: 2 } } }, merge);
    await until('update watched');
    await custom.deleteNamespacedCustomObject({ ...gadgets, name: 'watched' });
    await until('delete watched');
    stopped = true;
    await informer.stop();
  });
});
