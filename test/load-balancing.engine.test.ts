import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sign } from 'aws4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { BalancerReport, ConfigMessage } from '../src/balancer-protocol/index.ts';
import { hasAws } from './has-aws.ts';
import { awsCli, freePort, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';

/** `aws elbv2` and `aws acm`, unmodified, against `longshore server`, with a data plane (the only one) that says it works. */

/** The CLI's waiters look every 15 seconds. */
const walkMs = 400_000;
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let subnets: string[] = [];
let vpc = '';

/** Speaks the contract of src/balancer-protocol: applies everything, finds every target healthy, and nothing in flight. */
class AgreeableDataPlane {
  readonly messages: ConfigMessage[] = [];
  readonly #socket: WebSocket;
  readonly opened: Promise<void>;

  constructor(port: number, key: { accessKeyId: string; secretAccessKey: string }) {
    const signed = sign(
      {
        host: `127.0.0.1:${port}`,
        path: '/elbv2/balancer',
        service: 'elasticloadbalancing',
        region: 'us-east-1',
        method: 'GET',
      },
      key,
    );
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/elbv2/balancer`, {
      headers: signed.headers as Record<string, string>,
    });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.once('open', () => resolve());
      this.#socket.once('error', reject);
    });
    this.#socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as ConfigMessage));
  }

  report(report: BalancerReport): void {
    this.#socket.send(JSON.stringify(report));
  }

  close(): void {
    this.#socket.close();
  }

  #take(message: ConfigMessage): void {
    this.messages.push(message);
    this.report({ type: 'applied', sequence: message.sequence });
    const targets = message.targetGroups.flatMap(({ arn, targets }) =>
      targets.map(({ id, port, state }) => ({ targetGroupArn: arn, id, port, isDraining: state === 'draining' })),
    );
    const named = ({ targetGroupArn, id, port }: (typeof targets)[number]) => ({ targetGroupArn, id, port });
    const healthy = targets
      .filter(({ isDraining }) => !isDraining)
      .map((one) => ({ ...named(one), state: 'healthy' as const }));
    const drained = targets.filter(({ isDraining }) => isDraining).map(named);
    if (healthy.length > 0) this.report({ type: 'health', targets: healthy });
    if (drained.length > 0) this.report({ type: 'drained', targets: drained });
  }
}

describe.skipIf(!hasAws)('aws elbv2 (skipped where there is no aws command)', () => {
  let plane: AgreeableDataPlane;

  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort(), command: 'server' });
    aws = awsCli(server.endpoint);
    const answer = await aws('ec2', 'describe-subnets');
    subnets = answer.Subnets.map(({ SubnetId }: { SubnetId: string }) => SubnetId);
    vpc = answer.Subnets[0].VpcId;
    const installation = JSON.parse(readFileSync(join(directory, 'installation.json'), 'utf8'));
    plane = new AgreeableDataPlane(server.port, installation.pool);
    await plane.opened;
  });
  afterAll(async () => {
    plane?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test(
    'a load balancer from its creation to its end, with all waiters',
    async () => {
      const { LoadBalancers } = await aws(
        'elbv2',
        'create-load-balancer',
        '--name',
        'my-alb',
        '--subnets',
        subnets[0]!,
        subnets[1]!,
      );
      const alb = LoadBalancers[0].LoadBalancerArn;
      await aws('elbv2', 'wait', 'load-balancer-exists', '--names', 'my-alb');
      await aws('elbv2', 'wait', 'load-balancer-available', '--load-balancer-arns', alb);
      const interfaces = await aws(
        'ec2',
        'describe-network-interfaces',
        '--filters',
        'Name=description,Values=ELB app/my-alb/*',
      );
      expect(interfaces.NetworkInterfaces).toHaveLength(2);
      expect(interfaces.NetworkInterfaces[0]).toMatchObject({
        RequesterManaged: true,
        InterfaceType: 'interface',
        Attachment: { InstanceOwnerId: 'amazon-elb' },
      });

      const made = await aws(
        'elbv2',
        'create-target-group',
        '--name',
        'web-tg',
        '--protocol',
        'HTTP',
        '--port',
        '8080',
        '--vpc-id',
        vpc,
        '--target-type',
        'ip',
        '--health-check-path',
        '/health',
        '--matcher',
        'HttpCode=200-299',
      );
      const group = made.TargetGroups[0].TargetGroupArn;
      const listened = await aws(
        'elbv2',
        'create-listener',
        '--load-balancer-arn',
        alb,
        '--protocol',
        'HTTP',
        '--port',
        '80',
        '--default-actions',
        `Type=forward,TargetGroupArn=${group}`,
      );
      const listener = listened.Listeners[0].ListenerArn;
      await aws(
        'elbv2',
        'create-rule',
        '--listener-arn',
        listener,
        '--priority',
        '10',
        '--conditions',
        'Field=path-pattern,Values=/api/*',
        '--actions',
        `Type=forward,TargetGroupArn=${group}`,
      );
      const rules = await aws('elbv2', 'describe-rules', '--listener-arn', listener);
      expect(rules.Rules.map(({ Priority }: { Priority: string }) => Priority)).toEqual(['10', 'default']);

      await aws(
        'elbv2',
        'register-targets',
        '--target-group-arn',
        group,
        '--targets',
        'Id=172.31.0.50',
        'Id=172.31.16.50,Port=81',
      );
      await aws('elbv2', 'wait', 'target-in-service', '--target-group-arn', group);
      await aws('elbv2', 'deregister-targets', '--target-group-arn', group, '--targets', 'Id=172.31.0.50');
      await aws(
        'elbv2',
        'wait',
        'target-deregistered',
        '--target-group-arn',
        group,
        '--targets',
        'Id=172.31.0.50,Port=8080',
      );
      const health = await aws('elbv2', 'describe-target-health', '--target-group-arn', group);
      expect(health.TargetHealthDescriptions).toEqual([
        {
          Target: { Id: '172.31.16.50', Port: 81, AvailabilityZone: 'us-east-1b' },
          HealthCheckPort: '81',
          TargetHealth: { State: 'healthy' },
        },
      ]);

      const refused = await aws.raw('elbv2', 'delete-target-group', '--target-group-arn', group);
      expect(refused.stderr).toContain(
        `(ResourceInUse) when calling the DeleteTargetGroup operation: Target group '${group}' is currently in use`,
      );
      await aws('elbv2', 'add-tags', '--resource-arns', alb, group, '--tags', 'Key=team,Value=web');
      const tags = await aws('elbv2', 'describe-tags', '--resource-arns', group);
      expect(tags.TagDescriptions[0].Tags).toEqual([{ Key: 'team', Value: 'web' }]);
      const attributes = await aws(
        'elbv2',
        'modify-target-group-attributes',
        '--target-group-arn',
        group,
        '--attributes',
        'Key=deregistration_delay.timeout_seconds,Value=5',
      );
      expect(attributes.Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '5' });

      plane.report({ type: 'listeners', listeners: [{ arn: listener, problem: 'port 80 is in use' }] });
      const impaired = await aws('elbv2', 'describe-load-balancers', '--names', 'my-alb');
      expect(impaired.LoadBalancers[0].State).toEqual({ Code: 'failed', Reason: 'HTTP:80: port 80 is in use' });

      await aws('elbv2', 'delete-load-balancer', '--load-balancer-arn', alb);
      await aws('elbv2', 'wait', 'load-balancers-deleted', '--load-balancer-arns', alb);
      await aws('elbv2', 'delete-target-group', '--target-group-arn', group);
      const left = await aws(
        'ec2',
        'describe-network-interfaces',
        '--filters',
        'Name=description,Values=ELB app/my-alb/*',
      );
      expect(left.NetworkInterfaces).toEqual([]);
    },
    walkMs,
  );

  test(
    'certificates: imported, requested, served by a listener, in use',
    async () => {
      const key = join(directory, 'key.pem');
      const certificate = join(directory, 'certificate.pem');
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          key,
          '-out',
          certificate,
          '-days',
          '2',
          '-subj',
          '/CN=www.example.com',
          '-addext',
          'subjectAltName=DNS:www.example.com,DNS:*.example.com',
        ],
        { stdio: 'ignore' },
      );
      const file = (path: string): string => `fileb://${path}`;
      const imported = await aws(
        'acm',
        'import-certificate',
        '--certificate',
        file(certificate),
        '--private-key',
        file(key),
      );
      const arn = imported.CertificateArn;
      const shown = await aws('acm', 'describe-certificate', '--certificate-arn', arn);
      expect(shown.Certificate).toMatchObject({
        DomainName: 'www.example.com',
        SubjectAlternativeNames: ['www.example.com', '*.example.com'],
        Status: 'ISSUED',
        Type: 'IMPORTED',
        KeyAlgorithm: 'RSA_2048',
        SignatureAlgorithm: 'SHA256WITHRSA',
        InUseBy: [],
      });
      const { LoadBalancers } = await aws(
        'elbv2',
        'create-load-balancer',
        '--name',
        'tls',
        '--subnets',
        subnets[0]!,
        subnets[1]!,
      );
      const alb = LoadBalancers[0].LoadBalancerArn;
      const listened = await aws(
        'elbv2',
        'create-listener',
        '--load-balancer-arn',
        alb,
        '--protocol',
        'HTTPS',
        '--port',
        '443',
        '--certificates',
        `CertificateArn=${arn}`,
        '--ssl-policy',
        'ELBSecurityPolicy-TLS13-1-2-2021-06',
        '--default-actions',
        'Type=fixed-response,FixedResponseConfig={StatusCode=200}',
      );
      const refused = await aws.raw('acm', 'delete-certificate', '--certificate-arn', arn);
      expect(refused.stderr).toContain('ResourceInUseException');
      expect((await aws('acm', 'describe-certificate', '--certificate-arn', arn)).Certificate.InUseBy).toEqual([alb]);

      const requested = await aws(
        'acm',
        'request-certificate',
        '--domain-name',
        'api.example.com',
        '--validation-method',
        'DNS',
      );
      await aws('acm', 'wait', 'certificate-validated', '--certificate-arn', requested.CertificateArn);
      await aws(
        'elbv2',
        'add-listener-certificates',
        '--listener-arn',
        listened.Listeners[0].ListenerArn,
        '--certificates',
        `CertificateArn=${requested.CertificateArn}`,
      );
      const got = await aws('acm', 'get-certificate', '--certificate-arn', requested.CertificateArn);
      expect(Object.keys(got).toSorted()).toEqual(['Certificate', 'CertificateChain']);
      await expect
        .poll(
          () => plane.messages.flatMap(({ loadBalancers }) => loadBalancers).at(-1)?.listeners[0]?.certificates.length,
        )
        .toBe(2);
      const sent = plane.messages.flatMap(({ loadBalancers }) => loadBalancers).at(-1)?.listeners[0]?.certificates[1];
      expect(sent).toMatchObject({
        names: ['api.example.com'],
        certificate: `${got.Certificate}${got.CertificateChain}`,
      });
      await aws('elbv2', 'delete-load-balancer', '--load-balancer-arn', alb);
      await aws('acm', 'delete-certificate', '--certificate-arn', arn);
      const listed = await aws('acm', 'list-certificates');
      expect(
        listed.CertificateSummaryList.map(({ CertificateArn }: { CertificateArn: string }) => CertificateArn),
      ).toEqual([requested.CertificateArn]);
    },
    walkMs,
  );
});
