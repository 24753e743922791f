import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { randomIds, systemClock } from '../platform/index.ts';
import { startServer, type RunningServer } from './server.ts';

// A VPC as people make it, through the unmodified aws CLI.

const command = existsSync('/usr/bin/aws') ? '/usr/bin/aws' : 'aws';
const hasAws = spawnSync(command, ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'longshore-networks-'));
let server: RunningServer;
const start = (): Promise<RunningServer> =>
  startServer({
    host: '127.0.0.1',
    port: 0,
    dataDirectory: directory,
    clock: systemClock,
    ids: randomIds,
    log: silentLog,
    parts: () => ({}),
    onFailure(error) {
      throw error;
    },
  });
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

/** What `aws ec2 …` prints as text. */
function aws(line: string): Promise<string> {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
  };
  const args = ['--endpoint-url', server.url, '--output', 'text', 'ec2', ...line.split(' ')];
  return new Promise((resolve, reject) => {
    execFile(command, args, { env }, (error, stdout, stderr) =>
      error === null ? resolve(stdout.trim()) : reject(new Error(stderr.trim())),
    );
  });
}

test.skipIf(!hasAws)('[NET-91] a VPC with a public and a private subnet', { timeout: 240_000 }, async () => {
  const tags = 'Tags=[{Key=app,Value=shop}]';
  const vpc = await aws(
    `create-vpc --cidr-block 10.20.0.0/16 --tag-specifications ResourceType=vpc,${tags} --query Vpc.VpcId`,
  );
  await aws(`wait vpc-available --vpc-ids ${vpc}`);
  await aws(`modify-vpc-attribute --vpc-id ${vpc} --enable-dns-hostnames {"Value":true}`);
  const subnet = (cidr: string, zone: string) =>
    aws(`create-subnet --vpc-id ${vpc} --cidr-block ${cidr} --availability-zone ${zone} --query Subnet.SubnetId`);
  const open = await subnet('10.20.1.0/24', 'us-east-1a');
  const closed = await subnet('10.20.2.0/24', 'us-east-1b');
  await expect(subnet('10.20.2.128/25', 'us-east-1b')).rejects.toThrow(
    /\(InvalidSubnet\.Conflict\) .*: The CIDR '10\.20\.2\.128\/25' conflicts with another subnet/,
  );
  const gateway = await aws('create-internet-gateway --query InternetGateway.InternetGatewayId');
  await aws(`attach-internet-gateway --internet-gateway-id ${gateway} --vpc-id ${vpc}`);
  const table = () => aws(`create-route-table --vpc-id ${vpc} --query RouteTable.RouteTableId`);
  const [openTable, closedTable] = [await table(), await table()];
  const route = (id: string, target: string) =>
    aws(`create-route --route-table-id ${id} --destination-cidr-block 0.0.0.0/0 ${target}`);
  await route(openTable, `--gateway-id ${gateway}`);
  await aws(`associate-route-table --route-table-id ${openTable} --subnet-id ${open}`);
  await aws(`associate-route-table --route-table-id ${closedTable} --subnet-id ${closed}`);
  const allocation = await aws('allocate-address --domain vpc --query AllocationId');
  const nat = await aws(
    `create-nat-gateway --subnet-id ${open} --allocation-id ${allocation} --query NatGateway.NatGatewayId`,
  );
  await aws(`wait nat-gateway-available --nat-gateway-ids ${nat}`);
  await route(closedTable, `--nat-gateway-id ${nat}`);
  await aws(`create-tags --resources ${open} ${closed} --tags Key=app,Value=shop`);
  expect(await aws('describe-tags --filters Name=key,Values=app --query length(Tags)')).toBe('3');
  const endpoint = await aws(
    `create-vpc-endpoint --vpc-id ${vpc} --vpc-endpoint-type Interface --service-name com.amazonaws.us-east-1.logs --subnet-ids ${closed} --query VpcEndpoint.VpcEndpointId`,
  );
  await server.stop();
  server = await start();
  expect(await aws(`describe-subnets --filters Name=vpc-id,Values=${vpc} --query length(Subnets)`)).toBe('2');
  expect(
    await aws(`describe-route-tables --route-table-ids ${closedTable} --query RouteTables[0].Routes[1].State`),
  ).toBe('active');

  await expect(aws(`delete-vpc --vpc-id ${vpc}`)).rejects.toThrow(
    `: The vpc '${vpc}' has dependencies and cannot be deleted.`,
  );
  await aws(`delete-vpc-endpoints --vpc-endpoint-ids ${endpoint}`);
  await aws(`delete-nat-gateway --nat-gateway-id ${nat}`);
  await aws(`wait nat-gateway-deleted --nat-gateway-ids ${nat}`);
  await aws(`release-address --allocation-id ${allocation}`);
  for (const id of [open, closed]) await aws(`delete-subnet --subnet-id ${id}`);
  for (const id of [openTable, closedTable]) await aws(`delete-route-table --route-table-id ${id}`);
  await aws(`detach-internet-gateway --internet-gateway-id ${gateway} --vpc-id ${vpc}`);
  await aws(`delete-internet-gateway --internet-gateway-id ${gateway}`);
  await aws(`delete-vpc --vpc-id ${vpc}`);
  expect(await aws('describe-vpcs --query length(Vpcs)')).toBe('1');
});
