// The endpoint of a simulated AWS comes in AWS_ENDPOINT_URL; the SDK itself reads it, as it reads the region and the keys.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateFleetCommand,
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  TerminateInstancesCommand,
  paginateDescribeInstanceTypes,
  paginateDescribeInstances,
  paginateDescribeSpotPriceHistory,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';

const ec2 = new EC2Client({ maxAttempts: 1 });
const ssm = new SSMClient({ maxAttempts: 1 });
const linux = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
let template;
let subnets;

const refused = (name) => (error) => {
  assert.equal(error.name, name);
  assert.ok(error.message.length > 0);
  return true;
};

const fleet = (changes = {}) => ({
  Type: 'instant',
  ClientToken: 'intent-1',
  LaunchTemplateConfigs: [{
    LaunchTemplateSpecification: { LaunchTemplateId: template.LaunchTemplateId, Version: '$Latest' },
    Overrides: subnets.flatMap((SubnetId) => ['m5.large', 'm6i.large'].map((InstanceType) => ({ InstanceType, SubnetId }))),
  }],
  TargetCapacitySpecification: { TotalTargetCapacity: 6, DefaultTargetCapacityType: 'spot' },
  SpotOptions: { AllocationStrategy: 'price-capacity-optimized' },
  TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'ec2runners.dev:intent', Value: 'intent-1' }] }],
  ...changes,
});

before(async () => {
  const found = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'tag:ec2runners.dev:discovery', Values: ['true'] }] }));
  subnets = found.Subnets.map((subnet) => subnet.SubnetId);
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['runners'] }] }));
  const created = await ec2.send(new CreateLaunchTemplateCommand({
    LaunchTemplateName: 'pool-abc',
    LaunchTemplateData: {
      ImageId: `resolve:ssm:${linux}`,
      InstanceInitiatedShutdownBehavior: 'terminate',
      UserData: Buffer.from('#!/bin/bash\n').toString('base64'),
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, InstanceMetadataTags: 'enabled' },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 100, VolumeType: 'gp3', Encrypted: true } }],
      SecurityGroupIds: [groups.SecurityGroups[0].GroupId],
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'runner' }] }],
    },
    TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'ec2runners.dev:cluster', Value: 'c' }] }],
  }));
  template = created.LaunchTemplate;
});

after(async () => {
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: template.LaunchTemplateId }));
  ec2.destroy();
  ssm.destroy();
});

test('a launch template is read back as it was written', async () => {
  const { LaunchTemplateVersions: [version] } = await ec2.send(new DescribeLaunchTemplateVersionsCommand({
    LaunchTemplateName: 'pool-abc', Versions: ['$Latest'],
  }));
  assert.equal(version.VersionNumber, 1);
  assert.ok(version.CreateTime instanceof Date);
  const data = version.LaunchTemplateData;
  assert.equal(data.MetadataOptions.InstanceMetadataTags, 'enabled');
  assert.equal(data.MetadataOptions.HttpPutResponseHopLimit, 2);
  assert.deepEqual(data.BlockDeviceMappings, [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, VolumeSize: 100, VolumeType: 'gp3' } }]);
  assert.deepEqual(data.TagSpecifications, [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'runner' }] }]);
});

test('instances live from CreateFleet to TerminateInstances', async () => {
  const answer = await ec2.send(new CreateFleetCommand(fleet()));
  const ids = answer.Instances.flatMap((instance) => instance.InstanceIds);
  assert.equal(ids.length, 6);
  assert.deepEqual(answer.Errors ?? [], []);
  assert.equal(answer.Instances[0].Lifecycle, 'spot');
  assert.equal(answer.Instances[0].LaunchTemplateAndOverrides.LaunchTemplateSpecification.LaunchTemplateId, template.LaunchTemplateId);

  const again = await ec2.send(new CreateFleetCommand(fleet()));
  assert.deepEqual(again.Instances, answer.Instances);
  await assert.rejects(
    ec2.send(new CreateFleetCommand(fleet({ TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'spot' } }))),
    refused('IdempotentParameterMismatch'));

  await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { InstanceIds: ids });
  const seen = [];
  const pages = paginateDescribeInstances(
    { client: ec2, pageSize: 5 }, { Filters: [{ Name: 'tag:ec2runners.dev:intent', Values: ['intent-1'] }] });
  for await (const page of pages) {
    seen.push(...page.Reservations.flatMap((reservation) => reservation.Instances));
  }

  assert.deepEqual(seen.map((instance) => instance.InstanceId).sort(), [...ids].sort());
  const [instance] = seen;
  assert.equal(instance.State.Name, 'running');
  assert.equal(instance.InstanceLifecycle, 'spot');
  assert.ok(subnets.includes(instance.SubnetId));
  assert.ok(instance.Placement.AvailabilityZone);
  assert.ok(instance.PrivateIpAddress);
  assert.ok(instance.LaunchTime instanceof Date);
  assert.equal(instance.MetadataOptions.HttpTokens, 'required');
  assert.ok(instance.Tags.some((tag) => tag.Key === 'aws:ec2:fleet-id' && tag.Value === answer.FleetId));

  await ec2.send(new CreateTagsCommand({ Resources: [ids[0]], Tags: [{ Key: 'ec2runners.dev:bell', Value: '1' }] }));
  await assert.rejects(
    ec2.send(new CreateTagsCommand({ Resources: [ids[0]], Tags: [{ Key: 'ec2runners.dev/bell', Value: '1' }] })),
    refused('InvalidParameterValue'));
  const console = await ec2.send(new GetConsoleOutputCommand({ InstanceId: ids[0], Latest: true }));
  assert.equal(console.InstanceId, ids[0]);

  await assert.rejects(
    ec2.send(new TerminateInstancesCommand({ InstanceIds: [ids[0], 'i-0123456789abcdef0'] })), refused('InvalidInstanceID.NotFound'));
  const ended = await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  assert.deepEqual(ended.TerminatingInstances.map((change) => change.CurrentState.Name), ids.map(() => 'shutting-down'));
  await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { InstanceIds: ids });
  const gone = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [ids[0]] }));
  assert.equal(gone.Reservations[0].Instances[0].StateReason.Code, 'Client.UserInitiatedShutdown');
});

test('a fleet that cannot be filled says why, row by row', async () => {
  const answer = await ec2.send(new CreateFleetCommand(fleet({
    ClientToken: 'intent-2',
    LaunchTemplateConfigs: [{
      LaunchTemplateSpecification: { LaunchTemplateName: 'pool-abc', Version: '1' },
      Overrides: [{ InstanceType: 'm7g.large', SubnetId: subnets[0], MaxPrice: '0.5' }, { InstanceType: 'm5.large', SubnetId: 'subnet-0123456789abcdef0' }],
    }],
  })));
  assert.deepEqual(answer.Errors.map((error) => error.ErrorCode), ['InvalidParameterValue', 'InvalidSubnetID.NotFound']);
  assert.equal(answer.Errors[0].LaunchTemplateAndOverrides.Overrides.InstanceType, 'm7g.large');
  assert.equal(answer.Errors[0].LaunchTemplateAndOverrides.Overrides.MaxPrice, '0.5');
  assert.deepEqual(answer.Instances ?? [], []);
  await assert.rejects(ec2.send(new CreateFleetCommand(fleet({ ClientToken: 'intent-3', Type: 'maintain' }))), refused('UnsupportedOperation'));
  await assert.rejects(ec2.send(new CreateFleetCommand(fleet({ ClientToken: 'intent-4', DryRun: true }))), refused('DryRunOperation'));
});

test('the catalogue is typed and paged', async () => {
  const types = [];
  for await (const page of paginateDescribeInstanceTypes({ client: ec2, pageSize: 100 }, {})) {
    types.push(...page.InstanceTypes);
  }

  assert.equal(types.length, 876);
  const gpu = types.find((type) => type.InstanceType === 'g4dn.xlarge');
  assert.equal(gpu.VCpuInfo.DefaultVCpus, 4);
  assert.equal(gpu.MemoryInfo.SizeInMiB, 16384);
  assert.deepEqual(gpu.ProcessorInfo.SupportedArchitectures, ['x86_64']);
  assert.deepEqual(gpu.SupportedUsageClasses, ['on-demand', 'spot']);
  assert.deepEqual(gpu.GpuInfo.Gpus, [{ Name: 'T4', Manufacturer: 'NVIDIA', Count: 1, MemoryInfo: { SizeInMiB: 16384 } }]);
  assert.equal(gpu.InstanceStorageInfo.TotalSizeInGB, 125);
  assert.equal(gpu.BurstablePerformanceSupported, false);
});

test('spot prices are there for every zone', async () => {
  const prices = [];
  const request = { InstanceTypes: ['m5.large', 'm6i.large'], ProductDescriptions: ['Linux/UNIX'], StartTime: new Date() };
  for await (const page of paginateDescribeSpotPriceHistory({ client: ec2, pageSize: 5 }, request)) {
    prices.push(...page.SpotPriceHistory);
  }

  assert.ok(prices.length >= 6);
  assert.equal(new Set(prices.map((price) => price.AvailabilityZone)).size, 3);
  assert.ok(prices.every((price) => Number(price.SpotPrice) > 0 && price.Timestamp instanceof Date));
});

test('images are found by owner and tag', async () => {
  const { Images: images } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'tag:os', Values: ['linux'] }] }));
  assert.equal(images.length, 3);
  assert.ok(images.every((image) => image.State === 'available' && image.Tags.length > 0));
  await assert.rejects(ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-0fffffffffffffff0'] })), refused('InvalidAMIID.NotFound'));
});

test('a mail goes through Parameter Store', async () => {
  const Name = '/ec2runners/c/mailbox/i-0123456789abcdef0';
  const mail = { Name, Value: 'x'.repeat(5000), Type: 'SecureString', Tier: 'Intelligent-Tiering' };
  const Tags = [{ Key: 'InstanceId', Value: 'i-0123456789abcdef0' }];
  const put = await ssm.send(new PutParameterCommand({ ...mail, Tags }));
  assert.equal(put.Tier, 'Advanced');
  await assert.rejects(ssm.send(new PutParameterCommand(mail)), refused('ParameterAlreadyExists'));
  await assert.rejects(ssm.send(new PutParameterCommand({ ...mail, Tags, Overwrite: true })), refused('ValidationException'));
  await ssm.send(new PutParameterCommand({ ...mail, Value: 'second', Overwrite: true }));

  const { Parameter: parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
  assert.equal(parameter.Value, 'second');
  assert.equal(parameter.Version, 2);
  assert.ok(parameter.LastModifiedDate instanceof Date);
  const below = await ssm.send(new GetParametersByPathCommand({ Path: '/ec2runners', Recursive: true }));
  assert.deepEqual(below.Parameters.map((found) => found.Name), [Name]);

  await ssm.send(new DeleteParameterCommand({ Name }));
  await assert.rejects(ssm.send(new GetParameterCommand({ Name })), (error) => error.name === 'ParameterNotFound');
  const image = await ssm.send(new GetParameterCommand({ Name: linux }));
  assert.match(image.Parameter.Value, /^ami-/);
});
