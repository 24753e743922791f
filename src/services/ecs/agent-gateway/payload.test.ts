import { describe, expect, test } from 'vitest';
import { aTask, scope } from '../contract/opened-ecs.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { payloadTask } from './payload.ts';

const definition = (patch: Partial<TaskDefinitionRecord['definition']> = {}): TaskDefinitionRecord => ({
  ...scope,
  family: 'web',
  revision: 1,
  status: 'ACTIVE',
  definition: {
    networkMode: 'bridge',
    containerDefinitions: [
      {
        name: 'app',
        image: 'busybox',
        cpu: 10,
        memory: 64,
        command: ['a'],
        environment: [{ name: 'A', value: '1' }],
        portMappings: [{ containerPort: 80 }, { containerPortRange: '90-99', protocol: 'udp' }],
      },
    ],
    ...patch,
  },
  compatibilities: ['EC2'],
  requiresAttributes: [],
  registeredAtMs: 1,
  registeredBy: 'me',
  tags: [],
});
const options = { defaultLogMode: 'blocking' };

describe('a task as its agent gets it', () => {
  test('[GW-4] carries the protocol’s words; the agent’s own overrides are empty, for ours are laid over already', () => {
    const task = aTask({
      overrides: { containerOverrides: [{ name: 'app', command: ['b'], environment: [{ name: 'B', value: '2' }] }] },
    });
    const payload = payloadTask(task, definition(), options);
    expect(payload).toMatchObject({
      arn: 'arn:aws:ecs:us-east-1:123456789012:task/web/0123456789abcdef0123456789abcdef',
      taskClusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/web',
      family: 'web',
      version: '1',
      desiredStatus: 'RUNNING',
      networkMode: 'bridge',
      volumes: [],
    });
    expect(payload).not.toHaveProperty('cpu');
    const [container] = payload.containers;
    expect(container).toMatchObject({
      name: 'app',
      cpu: 10,
      memory: 64,
      essential: true,
      command: ['b'],
      environment: { A: '1', B: '2' },
      overrides: '{"command":null}',
      portMappings: [
        { containerPort: 80, hostPort: 0, protocol: 'tcp' },
        { containerPortRange: '90-99', protocol: 'udp' },
      ],
    });
    expect(JSON.parse(container?.dockerConfig.hostConfig ?? '')).toEqual({ NetworkMode: 'bridge' });
  });

  test('[GW-5] has the size of the task in cores and MiB, volumes, pid and ipc modes', () => {
    const payload = payloadTask(
      aTask(),
      definition({
        cpu: '512',
        memory: '1024',
        pidMode: 'task',
        ipcMode: 'host',
        volumes: [
          { name: 'empty' },
          { name: 'bind', host: { sourcePath: '/srv' } },
          { name: 'docker', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, driver: 'local' } },
        ],
      }),
      options,
    );
    expect(payload).toMatchObject({
      cpu: 0.5,
      memory: 1024,
      pidMode: 'task',
      ipcMode: 'host',
      volumes: [
        { name: 'empty', type: 'host', host: {} },
        { name: 'bind', type: 'host', host: { sourcePath: '/srv' } },
        {
          name: 'docker',
          type: 'docker',
          dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, driver: 'local' },
        },
      ],
    });
  });

  test('[ENV-8] has the ARNs of environment files, in order', () => {
    const environmentFiles = ['b', 'a'].map((name) => ({
      value: `arn:aws:s3:::config/${name}.env`,
      type: 's3' as const,
    }));
    const containerDefinitions = [
      { name: 'app', image: 'busybox', environmentFiles },
      { name: 'plain', image: 'busybox' },
    ];
    const [app, plain] = payloadTask(aTask(), definition({ containerDefinitions }), options).containers;
    expect(app?.environmentFiles).toEqual(environmentFiles);
    expect(plain).not.toHaveProperty('environmentFiles');
  });

  test('[INJ-8] names the store, region and target of each secret, and never a value', () => {
    const asm = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';
    const containerDefinitions = [
      {
        name: 'app',
        image: 'registry.test/app',
        secrets: [
          { name: 'A', valueFrom: `${asm}:key::` },
          { name: 'B', valueFrom: 'arn:aws:ssm:eu-west-1:123456789012:parameter/prod/b' },
          { name: 'C', valueFrom: 'c' },
        ],
        logConfiguration: {
          logDriver: 'splunk' as const,
          options: { 'splunk-url': 'https://splunk.test' },
          secretOptions: [{ name: 'splunk-token', valueFrom: '/token' }],
        },
        repositoryCredentials: { credentialsParameter: asm },
      },
      { name: 'plain', image: 'busybox' },
    ];
    const [app, plain] = payloadTask(aTask(), definition({ containerDefinitions }), options).containers;
    const variable = { type: 'ENVIRONMENT_VARIABLE', target: 'CONTAINER' };
    expect(app?.secrets).toEqual([
      { name: 'A', valueFrom: `${asm}:key::`, region: 'eu-west-1', provider: 'asm', ...variable },
      { name: 'B', valueFrom: '/prod/b', region: 'eu-west-1', provider: 'ssm', ...variable },
      { name: 'C', valueFrom: 'c', region: 'us-east-1', provider: 'ssm', ...variable },
      {
        name: 'splunk-token',
        valueFrom: '/token',
        region: 'us-east-1',
        provider: 'ssm',
        type: 'BOOTSTRAP',
        target: 'LOG_DRIVER',
      },
    ]);
    expect(app?.registryAuthentication).toEqual({
      type: 'asm',
      asmAuthData: { credentialsParameter: asm, region: 'eu-west-1' },
    });
    expect([plain?.secrets, plain?.registryAuthentication]).toEqual([undefined, undefined]);
  });
});
