import type { SubmitTaskStateChangeRequest } from '../../../../protocol/generated/ecs.ts';

/** What Amazon's agent 1.105.1 reported of one task each, recorded; cluster and task are left out, times are in milliseconds. */
export const recordedReports: Readonly<Record<string, readonly SubmitTaskStateChangeRequest[]>> = {
  'exits by itself with 7': [
    {
      containers: [
        {
          containerName: 'app',
          networkBindings: [
            {
              bindIP: '0.0.0.0',
              containerPort: 80,
              hostPort: 32768,
              protocol: 'tcp',
            },
          ],
          runtimeId: '5e92ccaf615e',
          status: 'RUNNING',
        },
      ],
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'app',
          exitCode: 7,
          networkBindings: [
            {
              bindIP: '0.0.0.0',
              containerPort: 80,
              hostPort: 32768,
              protocol: 'tcp',
            },
          ],
          runtimeId: '5e92ccaf615e',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795198991381,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'dependency cycle': [
    {
      reason:
        'Task dependencies cannot be resolved, taskArn: arn:aws:ecs:us-east-1:123456789012:task/default/00000000000000000000000000000008',
      status: 'STOPPED',
    },
  ],
  'undecodable payload': [
    {
      reason: 'UnrecogniedTaskError: Error loading task - TransportProtocol must be "tcp" or "udp"; Got "sctp"',
      status: 'STOPPED',
    },
  ],
  'stopped before it was known': [
    {
      containers: [
        {
          containerName: 'app',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199399527,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'bad link': [
    {
      reason:
        'resource cannot be initialized for task arn:aws:ecs:us-east-1:123456789012:task/default/00000000000000000000000000000018: could not find container for link zzz:z',
      status: 'STOPPED',
    },
  ],
  'missing volume': [
    {
      containers: [
        {
          containerName: 'app',
          reason: 'HostConfigError: Invalid volume referenced: nope',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199399783,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'out of memory': [
    {
      containers: [
        {
          containerName: 'app',
          runtimeId: '7b34b4332665',
          status: 'RUNNING',
        },
      ],
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'app',
          exitCode: 137,
          reason: 'OutOfMemoryError: Container killed due to memory usage',
          runtimeId: '7b34b4332665',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199403743,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'bad command': [
    {
      containers: [
        {
          containerName: 'app',
          reason:
            'CannotStartContainerError: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/bin": stat /no/such/bin: no such file or directory: unknown',
          runtimeId: 'f3e5675efeb5',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199403025,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'sidecar ends first': [
    {
      containers: [
        {
          containerName: 'app',
          runtimeId: 'e0b257a2fd14',
          status: 'RUNNING',
        },
        {
          containerName: 'side',
          exitCode: 0,
          runtimeId: '154a9cee5c75',
          status: 'RUNNING',
        },
      ],
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'side',
          exitCode: 0,
          runtimeId: '154a9cee5c75',
          status: 'STOPPED',
        },
        {
          containerName: 'app',
          exitCode: 0,
          runtimeId: 'e0b257a2fd14',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199407445,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'secret that cannot be fetched': [
    {
      containers: [
        {
          containerName: 'app',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199404221,
      reason:
        'Fetching secret data from SSM Parameter Store in us-east-1: operation error SSM: GetParameters, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://ssm.us-east-1.amazonaws.com/": dial tcp: lookup ssm.us-east-1.amazonaws.com on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable',
      status: 'STOPPED',
    },
  ],
  'dependencies fulfilled': [
    {
      containers: [
        {
          containerName: 'db',
          runtimeId: 'e321e4d1d1ea',
          status: 'RUNNING',
        },
        {
          containerName: 'init',
          exitCode: 0,
          runtimeId: '04e18710a78a',
          status: 'RUNNING',
        },
        {
          containerName: 'init',
          exitCode: 0,
          runtimeId: '04e18710a78a',
          status: 'STOPPED',
        },
        {
          containerName: 'bad',
          runtimeId: '72d5672e2037',
          status: 'RUNNING',
        },
        {
          containerName: 'bad',
          exitCode: 4,
          runtimeId: '72d5672e2037',
          status: 'STOPPED',
        },
        {
          containerName: 'app',
          runtimeId: 'aa7462abb8b2',
          status: 'RUNNING',
        },
      ],
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'app',
          exitCode: 0,
          runtimeId: 'aa7462abb8b2',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199406961,
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'db',
          exitCode: 137,
          runtimeId: 'e321e4d1d1ea',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199406961,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'dependency failed': [
    {
      containers: [
        {
          containerName: 'bad',
          runtimeId: '95cb2d24ca3a',
          status: 'RUNNING',
        },
        {
          containerName: 'bad',
          exitCode: 4,
          runtimeId: '95cb2d24ca3a',
          status: 'STOPPED',
        },
        {
          containerName: 'app',
          exitCode: 143,
          reason:
            'CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [bad(bb:1) (STOPPED->RUNNING) - Exit: 4] for target [app(bb:1) (MANIFEST_PULLED->RUNNING)] as dependency did not exit successfully.',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199407991,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'pulled from a registry': [
    {
      containers: [
        {
          containerName: 'a',
          imageDigest: 'sha256:e3029b967492b548c547f2fee9ebe59c41b0df7254fee5e7cf295e3b06a9d936',
          status: 'PENDING',
        },
      ],
      reason: '',
      status: 'PENDING',
    },
    {
      containers: [
        {
          containerName: 'a',
          imageDigest: 'sha256:e3029b967492b548c547f2fee9ebe59c41b0df7254fee5e7cf295e3b06a9d936',
          runtimeId: '611134ad0a05',
          status: 'RUNNING',
        },
      ],
      pullStartedAt: 1795200667357,
      pullStoppedAt: 1795200667419,
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'a',
          exitCode: 0,
          imageDigest: 'sha256:e3029b967492b548c547f2fee9ebe59c41b0df7254fee5e7cf295e3b06a9d936',
          runtimeId: '611134ad0a05',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795200679680,
      pullStartedAt: 1795200667357,
      pullStoppedAt: 1795200667419,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'missing image': [
    {
      containers: [
        {
          containerName: 'a',
          reason: 'CannotPullImageManifestError: Error response from daemon: manifest unknown: manifest unknown',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795200696470,
      pullStartedAt: 1795200682246,
      pullStoppedAt: 1795200696444,
      reason: '',
      status: 'STOPPED',
    },
  ],
  'killed while the agent was away': [
    {
      containers: [
        {
          containerName: 'app',
          runtimeId: 'd5aa00809800',
          status: 'RUNNING',
        },
      ],
      reason: '',
      status: 'RUNNING',
    },
    {
      containers: [
        {
          containerName: 'app',
          exitCode: 137,
          runtimeId: 'd5aa00809800',
          status: 'STOPPED',
        },
      ],
      executionStoppedAt: 1795199528861,
      reason: '',
      status: 'STOPPED',
    },
  ],
};
