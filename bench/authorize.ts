// Requests a second of a user with 50 policies against the account's root, who is asked nothing: alternating slices on one server.
// `npm run bench -- authorize`; the goal is at most 15 % slower.
import aws4 from 'aws4';
import { Connection } from './connection.ts';
import { load, median, percentile, type Slice } from './load.ts';
import { Installation } from './longshore-process.ts';
import type { Target } from './signed-request.ts';

const sliceMs = 2_000;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);
const connections = 16;
const groups = 4;
const policiesEach = 10;
const services = ['ecs', 'ecr', 'logs', 'ec2', 'iam', 'secretsmanager', 'ssm', 's3', 'elasticloadbalancing', 'sqs'];

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const root: Key = { accessKeyId: 'test', secretAccessKey: 'test' };

function request(target: Target, key: Key, parameters: Readonly<Record<string, string>>): Buffer {
  const body = new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString();
  const signed = aws4.sign(
    {
      method: 'POST',
      host: `${target.host}:${target.port}`,
      path: '/',
      service: 'iam',
      region: 'us-east-1',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    },
    key,
  );
  const headers = Object.entries(signed.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return Buffer.from(`POST / HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}

/** As people write them: reading, writing under a tag, one's own things, a Deny. */
function document(index: number): string {
  const service = services[index % services.length] ?? 'ecs';
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: [`${service}:Describe*`, `${service}:List*`], Resource: '*' },
      {
        Effect: 'Allow',
        Action: [`${service}:Create*`, `${service}:Get*`],
        Resource: `arn:aws:${service}:*:*:role/app-${index}/*`,
        Condition: { StringEquals: { [`aws:ResourceTag/team-${index}`]: ['web', 'data'] } },
      },
      { Effect: 'Allow', Action: `${service}:*`, Resource: `arn:aws:${service}:*:*:user/\${aws:username}` },
      {
        Effect: 'Deny',
        Action: `${service}:Delete*`,
        Resource: '*',
        Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } },
      },
    ],
  });
}

const installation = new Installation();
const server = await installation.server();
const connection = await Connection.open(server);
const call = async (parameters: Readonly<Record<string, string>>): Promise<string> => {
  const answer = await connection.send(request(server, root, parameters));
  if (answer.status !== 200) throw new Error(`${parameters['Action']}: ${answer.status} ${answer.body.toString()}`);
  return answer.body.toString();
};

/** A user with 50 managed policies, ten of its own and ten by each of four groups; the last of all allows what is asked. */
async function user(UserName: string, condition: object): Promise<Key> {
  await call({ Action: 'CreateUser', UserName });
  const total = (groups + 1) * policiesEach;
  for (let index = 0; index < total; index++) {
    const last = index === total - 1;
    const allow = {
      Effect: 'Allow',
      Action: 'iam:GetRole',
      Resource: 'arn:aws:iam::*:role/ecs*',
      Condition: condition,
    };
    const text = last ? JSON.stringify({ Version: '2012-10-17', Statement: allow }) : document(index);
    const created = await call({ Action: 'CreatePolicy', PolicyName: `${UserName}-${index}`, PolicyDocument: text });
    const PolicyArn = /<Arn>([^<]*)<\/Arn>/.exec(created)?.[1] ?? '';
    const group = Math.floor(index / policiesEach);
    if (group === 0) {
      await call({ Action: 'AttachUserPolicy', UserName, PolicyArn });
      continue;
    }
    const GroupName = `${UserName}-${group}`;
    if (index % policiesEach === 0) {
      await call({ Action: 'CreateGroup', GroupName });
      await call({ Action: 'AddUserToGroup', GroupName, UserName });
    }
    await call({ Action: 'AttachGroupPolicy', GroupName, PolicyArn });
  }
  const key = await call({ Action: 'CreateAccessKey', UserName });
  const part = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(key)?.[1] ?? '';
  return { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') };
}

try {
  const key = await user('anywhere', {});
  const officeKey = await user('office', { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8'] } });
  const question = { Action: 'GetRole', RoleName: 'ecsTaskExecutionRole' };
  const callers = [
    { name: 'root, not asked', requests: [request(server, root, question)], slices: [] as Slice[] },
    { name: 'user with 50 policies', requests: [request(server, key, question)], slices: [] as Slice[] },
    { name: '50 policies, by source address', requests: [request(server, officeKey, question)], slices: [] as Slice[] },
  ];
  for (const { requests } of callers) await load(server, requests, { connections, ms: sliceMs });
  for (let round = 0; round < rounds; round++)
    for (const { requests, slices } of callers) slices.push(await load(server, requests, { connections, ms: sliceMs }));
  console.log(`${rounds} rounds of ${sliceMs} ms, alternating, ${connections} connections; iam GetRole\n`);
  console.log('| caller | req/s | CPU µs/req | p99 ms | failures |\n|---|---|---|---|---|');
  const rates = callers.map(({ name, slices }) => {
    const rate = median(slices.map(({ requests, seconds }) => requests / seconds));
    const cpu = median(slices.map(({ cpuSeconds, requests }) => (cpuSeconds / requests) * 1e6));
    const p99 = median(slices.map(({ latenciesMs }) => percentile(latenciesMs, 0.99)));
    const failures = slices.reduce((sum, slice) => sum + slice.failures, 0);
    console.log(`| ${name} | ${rate.toFixed(0)} | ${cpu.toFixed(0)} | ${p99.toFixed(1)} | ${failures} |`);
    return { rate, cpu };
  });
  const [unasked, ...asked] = rates;
  for (const { rate, cpu } of asked) {
    const [requests, of] = [rate / (unasked?.rate ?? 1), cpu / (unasked?.cpu ?? 1)];
    console.log(
      `\nauthorised / not: ${requests.toFixed(3)} of the requests a second, ${of.toFixed(3)} of the CPU a request`,
    );
  }
} finally {
  connection.close();
  await installation.remove();
}
