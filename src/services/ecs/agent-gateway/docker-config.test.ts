import { describe, expect, test } from 'vitest';
import type { ContainerDefinition } from '../../../protocol/generated/ecs.ts';
import { dockerConfig, dockerHostConfig } from './docker-config.ts';

const base = { name: 'app', image: 'busybox' };
const options = { networkMode: 'bridge', region: 'us-east-1', defaultLogMode: 'non-blocking' } as const;
const linux = (linuxParameters: ContainerDefinition['linuxParameters'], memory?: number) =>
  dockerHostConfig({ ...base, linuxParameters, ...(memory === undefined ? {} : { memory }) }, options);

describe("Docker's Config", () => {
  test('[GW-1] is empty for a plain container', () => {
    expect(dockerConfig(base)).toEqual({});
  });

  test.each<[Partial<ContainerDefinition>, object]>([
    [{ user: '1:1' }, { User: '1:1' }],
    [{ workingDirectory: '/w' }, { WorkingDir: '/w' }],
    [{ hostname: 'h' }, { Hostname: 'h' }],
    [{ disableNetworking: true }, { NetworkDisabled: true }],
    [{ dockerLabels: { a: 'b' } }, { Labels: { a: 'b' } }],
    [
      { pseudoTerminal: true, interactive: true },
      { Tty: true, OpenStdin: true },
    ],
    [
      { healthCheck: { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 3, startPeriod: 1 } },
      { Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Timeout: 2e9, Retries: 3, StartPeriod: 1e9 } },
    ],
  ])('[GW-1] %j', (patch, expected) => {
    expect(dockerConfig({ ...base, ...patch })).toEqual(expected);
  });
});

describe("Docker's HostConfig", () => {
  test('[GW-2] has the network mode, but not of awsvpc tasks, which the agent knows better', () => {
    expect(dockerHostConfig(base, options)).toEqual({ NetworkMode: 'bridge' });
    expect(dockerHostConfig(base, { ...options, networkMode: 'awsvpc' })).toEqual({});
  });

  test.each<[Partial<ContainerDefinition>, object]>([
    [{ memoryReservation: 64 }, { MemoryReservation: 64 * 1024 * 1024 }],
    [
      { privileged: true, readonlyRootFilesystem: true },
      { Privileged: true, ReadonlyRootfs: true },
    ],
    [
      { dnsServers: ['1.1.1.1'], dnsSearchDomains: ['x'] },
      { Dns: ['1.1.1.1'], DnsSearch: ['x'] },
    ],
    [{ extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }] }, { ExtraHosts: ['db:10.0.0.1'] }],
    [
      { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }] },
      { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] },
    ],
    [{ systemControls: [{ namespace: 'net.core.somaxconn', value: '9' }] }, { Sysctls: { 'net.core.somaxconn': '9' } }],
    [
      { logConfiguration: { logDriver: 'json-file', options: { 'max-size': '1m' } } },
      { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } },
    ],
    [
      { logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'g' } } },
      {
        LogConfig: {
          Type: 'awslogs',
          Config: { 'awslogs-region': 'us-east-1', mode: 'non-blocking', 'awslogs-group': 'g' },
        },
      },
    ],
    [
      { logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-region': 'eu-west-1', mode: 'blocking' } } },
      { LogConfig: { Type: 'awslogs', Config: { 'awslogs-region': 'eu-west-1', mode: 'blocking' } } },
    ],
  ])('[GW-2] %j', (patch, expected) => {
    expect(dockerHostConfig({ ...base, ...patch }, options)).toEqual({ NetworkMode: 'bridge', ...expected });
  });

  test('[GW-3] linuxParameters', () => {
    expect(linux({ capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] }, initProcessEnabled: true })).toMatchObject({
      CapAdd: ['NET_ADMIN'],
      CapDrop: ['ALL'],
      Init: true,
    });
    expect(
      linux({ sharedMemorySize: 64, tmpfs: [{ containerPath: '/t', size: 8, mountOptions: ['ro'] }] }),
    ).toMatchObject({
      ShmSize: 64 * 1024 * 1024,
      Tmpfs: { '/t': 'size=8m,ro' },
    });
    const devices = [
      { hostPath: '/dev/a' },
      { hostPath: '/dev/b', containerPath: '/dev/c', permissions: ['mknod' as const, 'read' as const] },
    ];
    expect(linux({ devices })).toMatchObject({
      Devices: [
        { PathOnHost: '/dev/a', PathInContainer: '/dev/a', CgroupPermissions: 'rwm' },
        { PathOnHost: '/dev/b', PathInContainer: '/dev/c', CgroupPermissions: 'rm' },
      ],
    });
  });

  test('[GW-3] swap counts with memory for Docker, and says nothing without memory', () => {
    expect(linux({ maxSwap: 100, swappiness: 10 }, 200)).toMatchObject({
      MemorySwap: 300 * 1024 * 1024,
      MemorySwappiness: 10,
    });
    expect(linux({ maxSwap: 100 })).not.toHaveProperty('MemorySwap');
  });
});
