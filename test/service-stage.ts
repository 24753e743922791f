import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ECS } from '@aws-sdk/client-ecs';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';
import { openDefaultGroup } from './open-group.ts';

/** The CLI's waiters look every 15 seconds. */
export const waitMs = 300_000;
const lookMs = 500;
export const pollMs = { timeout: 90_000, interval: 500 };
export const cluster = ['--cluster', 'prod-cluster'] as const;
/** The same for the SDK. */
export const inCluster = { cluster: 'prod-cluster' } as const;
export const image = 'longshore/web:1';

/**
 * A `longshore up` with a cluster and a load balancer that answers 404 where no rule says more, driven by the unmodified AWS CLI. What is looked at again
 * and again is asked for by the SDK: each look of the CLI is a process that costs more than all of Longshore.
 */
export class ServiceStage {
  readonly directory: string;
  server: RunningLongshore;
  readonly aws: ReturnType<typeof awsCli>;
  readonly ecs: ECS;
  vpc = '';
  /** As `--network-configuration` takes it. */
  network = '';
  balancer = { arn: '', address: '' };
  /** Of port 80. */
  listener = '';

  private constructor(server: RunningLongshore, directory: string) {
    this.server = server;
    this.directory = directory;
    this.aws = awsCli(server.endpoint);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.ecs = new ECS({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  }

  static async open(args: readonly string[] = []): Promise<ServiceStage> {
    const directory = newDataDirectory();
    const stage = new ServiceStage(await startLongshore({ directory, port: await freePort(), args }), directory);
    await stage.#build();
    return stage;
  }

  async #build(): Promise<void> {
    const { aws } = this;
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    await aws('ecs', 'create-cluster', '--cluster-name', 'prod-cluster');
    const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
    this.vpc = subnets[0].VpcId;
    const ids = subnets.map((subnet: { SubnetId: string }) => subnet.SubnetId) as string[];
    this.network = `awsvpcConfiguration={subnets=[${ids[0]},${ids[1]}],assignPublicIp=DISABLED}`;
    const made = await aws('elbv2', 'create-load-balancer', '--name', 'web-alb', '--subnets', ...ids);
    const arn = made.LoadBalancers[0].LoadBalancerArn as string;
    const found = await aws(
      ...['ec2', 'describe-network-interfaces', '--filters', 'Name=description,Values=ELB app/web-alb/*'],
    );
    this.balancer = { arn, address: found.NetworkInterfaces[0].PrivateIpAddress };
    await openDefaultGroup(aws, '0-65535');
    this.listener = await this.listen(80);
    await aws('elbv2', 'wait', 'load-balancer-available', '--load-balancer-arns', arn);
  }

  async close(): Promise<void> {
    this.ecs.destroy();
    await this.server.stop();
    await longshore(['down', '--data-dir', this.directory]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A listener of the load balancer. @returns its ARN */
  async listen(port: number): Promise<string> {
    const listening = await this.aws(
      ...['elbv2', 'create-listener', '--load-balancer-arn', this.balancer.arn, '--protocol', 'HTTP'],
      ...['--port', String(port)],
      ...['--default-actions', 'Type=fixed-response,FixedResponseConfig={StatusCode=404,MessageBody=nobody}'],
    );
    return listening.Listeners[0].ListenerArn as string;
  }

  /** A rule that forwards a path to a target group. @returns its ARN */
  async rule(listener: string, priority: number, path: string, group: string): Promise<string> {
    const made = await this.aws(
      ...['elbv2', 'create-rule', '--listener-arn', listener, '--priority', String(priority)],
      ...['--conditions', `Field=path-pattern,Values=${path}`],
      ...['--actions', `Type=forward,TargetGroupArn=${group}`],
    );
    return made.Rules[0].RuleArn as string;
  }

  /** A parameter that the CLI reads from a file. */
  file(name: string, content: object): string {
    const path = join(this.directory, name);
    writeFileSync(path, JSON.stringify(content));
    return `file://${path}`;
  }

  /** Registers a web server that says `body` at every path, after `begin` of shell. @returns `family:revision` */
  async register(
    family: string,
    body: string,
    { begin = '', container = {} }: { readonly begin?: string; readonly container?: object } = {},
  ): Promise<string> {
    const serve = `mkdir -p /tmp/w/api /tmp/w/admin && for d in / /api/ /admin/; do echo ${body} > /tmp/w$d/index.html; done; exec httpd -f -p 8080 -h /tmp/w`;
    const definition = {
      family,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        {
          name: 'web',
          image,
          entryPoint: ['sh', '-c'],
          command: [begin === '' ? serve : `${begin}; ${serve}`],
          portMappings: [{ containerPort: 8080, protocol: 'tcp' }],
          // As process 1, busybox's httpd does not hear SIGTERM.
          stopTimeout: 2,
          ...container,
        },
      ],
    };
    const input = this.file('definition.json', definition);
    const answer = await this.aws('ecs', 'register-task-definition', '--cli-input-json', input);
    return `${family}:${answer.taskDefinition.revision}`;
  }

  async targetGroup(name: string, drainSeconds = 20): Promise<string> {
    const made = await this.aws(
      ...['elbv2', 'create-target-group', '--name', name, '--protocol', 'HTTP', '--port', '8080'],
      ...['--vpc-id', this.vpc, '--target-type', 'ip'],
      ...['--health-check-interval-seconds', '5', '--health-check-timeout-seconds', '2'],
      ...['--unhealthy-threshold-count', '2', '--healthy-threshold-count', '2'],
    );
    const arn = made.TargetGroups[0].TargetGroupArn as string;
    await this.aws(
      ...['elbv2', 'modify-target-group-attributes', '--target-group-arn', arn],
      ...['--attributes', `Key=deregistration_delay.timeout_seconds,Value=${drainSeconds}`],
    );
    return arn;
  }

  async createService(name: string, definition: string, group: string, ...more: readonly string[]) {
    return this.aws(
      ...['ecs', 'create-service', ...cluster, '--service-name', name, '--task-definition', definition],
      ...['--launch-type', 'FARGATE', '--network-configuration', this.network],
      ...['--load-balancers', `targetGroupArn=${group},containerName=web,containerPort=8080`, ...more],
    );
  }

  async describeService(name: string): Promise<any> {
    const { services = [] } = await this.ecs.describeServices({ ...inCluster, services: [name] });
    return services[0];
  }

  /** By the CLI's own waiter, which looks every 15 seconds. */
  async stableByWaiter(name: string): Promise<any> {
    await this.aws('ecs', 'wait', 'services-stable', ...cluster, '--services', name);
    return this.describeService(name);
  }

  /** By what that waiter asks for, looked for more often. @throws after `waitMs` */
  async stable(name: string): Promise<any> {
    return this.#until(name, 'stable', (service) => {
      const { deployments, runningCount, desiredCount } = service;
      return deployments.length === 1 && runningCount === desiredCount;
    });
  }

  /** A deleted service's last task has ended. @throws after `waitMs` */
  async inactive(name: string): Promise<void> {
    await this.#until(name, 'INACTIVE', ({ status }) => status === 'INACTIVE');
  }

  async #until(name: string, what: string, isSo: (service: any) => boolean): Promise<any> {
    for (const endMs = Date.now() + waitMs; Date.now() < endMs; await sleep(lookMs)) {
      const service = await this.describeService(name);
      if (isSo(service)) return service;
    }
    throw new Error(`${name} is not ${what} after ${waitMs} ms: ${JSON.stringify(await this.describeService(name))}`);
  }

  async runningTasks(name: string): Promise<any[]> {
    const { taskArns = [] } = await this.ecs.listTasks({ ...inCluster, serviceName: name });
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await this.ecs.describeTasks({ ...inCluster, tasks: taskArns });
    return tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  }

  /** Status and body of a page of the load balancer. */
  async call(path = '/', port = 80): Promise<string> {
    const answer = await fetch(`http://${this.balancer.address}:${port}${path}`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  }
}

/** What a described service's events say, newest first. */
export function messages(service: any): string[] {
  return service.events.map((event: { message: string }) => event.message);
}
