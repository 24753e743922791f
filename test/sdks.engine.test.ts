import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeServicesCommand, DescribeTasksCommand, waitUntilServicesStable } from '@aws-sdk/client-ecs';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client as LoadBalancing,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answers, hasAws } from './has-aws.ts';
import { cluster, image, inCluster, ServiceStage, waitMs } from './service-stage.ts';

const hasAll = hasAws && answers('python3', '-c', 'import boto3');

/** What boto3 sees, as JSON with times in seconds; and what its own waiter and paginator say. */
const python = `
import boto3, datetime, json, sys
endpoint, cluster, group = sys.argv[1:4]
made = dict(endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
ecs, elbv2 = boto3.client('ecs', **made), boto3.client('elbv2', **made)
ecs.get_waiter('services_stable').wait(cluster=cluster, services=['web'])
tasks = [arn for page in ecs.get_paginator('list_tasks').paginate(cluster=cluster, serviceName='web', PaginationConfig={'PageSize': 1}) for arn in page['taskArns']]
try:
    ecs.describe_services(cluster='nowhere', services=['web'])
    error = None
except ecs.exceptions.ClusterNotFoundException as found:
    error = found.response['Error']
print(json.dumps({
    'services': ecs.describe_services(cluster=cluster, services=['web'], include=['TAGS'])['services'],
    'tasks': ecs.describe_tasks(cluster=cluster, tasks=sorted(tasks))['tasks'],
    'health': elbv2.describe_target_health(TargetGroupArn=group)['TargetHealthDescriptions'],
    'error': error,
}, default=lambda time: time.timestamp()))
`;

/** Times as seconds, in whatever way a client tells them; what is absent left out. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, one: unknown) => seconds(one)));
}

const isoTime = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/;

function seconds(value: unknown): unknown {
  if (typeof value === 'string' && isoTime.test(value)) return Date.parse(value) / 1000;
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

describe.skipIf(!hasAll)('one service, seen by three clients (needs aws and boto3)', () => {
  let stage: ServiceStage;
  beforeAll(async () => {
    stage = await ServiceStage.open();
  }, waitMs);
  afterAll(() => stage.close(), waitMs);

  test(
    'made by the SDK for JavaScript; boto3 and the CLI see what it sees',
    async () => {
      const { aws, ecs, server } = stage;
      const balancing = new LoadBalancing({
        endpoint: server.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
      const subnetIds = subnets.map((subnet: { SubnetId: string }) => subnet.SubnetId) as string[];
      const targetGroupArn = await stage.targetGroup('web-tg');
      await stage.rule(stage.listener, 10, '/', targetGroupArn);

      const { taskDefinition } = await ecs.registerTaskDefinition({
        family: 'web',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'web', image, portMappings: [{ containerPort: 8080, protocol: 'tcp' }] }],
      });
      await ecs.createService({
        ...inCluster,
        serviceName: 'web',
        taskDefinition: taskDefinition?.taskDefinitionArn ?? '',
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: subnetIds } },
        loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 8080 }],
        tags: [{ key: 'team', value: 'harbour' }],
      });
      await waitUntilServicesStable({ client: ecs, maxWaitTime: 120 }, { ...inCluster, services: ['web'] });

      const script = join(stage.directory, 'sees.py');
      writeFileSync(script, python);
      const boto3 = JSON.parse(
        execFileSync('python3', [script, server.endpoint, 'prod-cluster', targetGroupArn], { encoding: 'utf8' }),
      ) as Record<string, any>;
      const { services } = await ecs.send(
        new DescribeServicesCommand({ ...inCluster, services: ['web'], include: ['TAGS'] }),
      );
      const arns = (boto3['tasks'] as { taskArn: string }[]).map(({ taskArn }) => taskArn);
      const { tasks } = await ecs.send(new DescribeTasksCommand({ ...inCluster, tasks: arns }));
      const health = await balancing.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }));
      expect(services).toMatchObject([{ runningCount: 2, tags: [{ key: 'team', value: 'harbour' }] }]);
      expect(arns).toHaveLength(2);
      expect(health.TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State)).toEqual([
        'healthy',
        'healthy',
      ]);

      const cli = {
        ...(await aws('ecs', 'describe-services', ...cluster, '--services', 'web', '--include', 'TAGS')),
        ...(await aws('ecs', 'describe-tasks', ...cluster, '--tasks', ...arns)),
        health: (await aws('elbv2', 'describe-target-health', '--target-group-arn', targetGroupArn))
          .TargetHealthDescriptions,
      };
      expect(plain(boto3['services'])).toEqual(plain(services));
      expect(plain(boto3['tasks'])).toEqual(plain(tasks));
      expect(plain(boto3['health'])).toEqual(plain(health.TargetHealthDescriptions));
      expect(plain(cli.services)).toEqual(plain(services));
      expect(plain(cli.tasks)).toEqual(plain(tasks));
      expect(plain(cli.health)).toEqual(plain(health.TargetHealthDescriptions));

      await expect(ecs.describeServices({ cluster: 'nowhere', services: ['web'] })).rejects.toMatchObject({
        name: 'ClusterNotFoundException',
        message: boto3['error'].Message,
      });
      expect(boto3['error']).toEqual({ Code: 'ClusterNotFoundException', Message: 'Cluster not found.' });
      await ecs.deleteService({ ...inCluster, service: 'web', force: true });
    },
    waitMs,
  );
});
