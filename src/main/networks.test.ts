import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from './contract/test-server.ts';
import type { RunningServer } from './server.ts';

// A VPC as people make it, through the unmodified aws CLI.

const command = existsSync('/usr/bin/aws') ? '/usr/bin/aws' : 'aws';
const hasAws = spawnSync(command, ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'longshore-networks-'));
let server: RunningServer;
const start = (): Promise<RunningServer> => startTestServer(directory);
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
  };
  const args = ['--endpoint-url', server.url, '--output', 'text', 'ec2', ...line.split(' ')];
  return new Promise((resolve, reject) => {
    execFile(command, args, { env }, (error, stdout, stderr) =>
      error === null ? resolve(stdout.trim()) : reject(new Error(stderr.trim())),
    );
  });
}

test.skipIf(!hasAws)('[NET-91] a VPC with a way out', { timeout: 240_000 }, async () => {
  const vpc = await aws(
    'create-vpc --cidr-block 10.20.0.0/16 --tag-specifications ResourceType=vpc,Tags=[{Key=app,Value=shop}] --query Vpc.VpcId',
  );
  const subnet = (cidr: string) => aws(`create-subnet --vpc-id ${vpc} --cidr-block ${cidr} --query Subnet.SubnetId`);
  const open = await subnet('10.20.1.0/24');
  await expect(subnet('10.20.1.128/25')).rejects.toThrow(
    "An error occurred (InvalidSubnet.Conflict) when calling the CreateSubnet operation: The CIDR '10.20.1.128/25' conflicts with another subnet",
  );
  const gateway = await aws('create-internet-gateway --query InternetGateway.InternetGatewayId');
  await aws(`attach-internet-gateway --internet-gateway-id ${gateway} --vpc-id ${vpc}`);
  const table = await aws(`create-route-table --vpc-id ${vpc} --query RouteTable.RouteTableId`);
  await aws(`create-route --route-table-id ${table} --destination-cidr-block 0.0.0.0/0 --gateway-id ${gateway}`);
  await aws(`associate-route-table --route-table-id ${table} --subnet-id ${open}`);
  const allocation = await aws('allocate-address --domain vpc --query AllocationId');
  const nat = await aws(
    `create-nat-gateway --subnet-id ${open} --allocation-id ${allocation} --query NatGateway.NatGatewayId`,
  );
  await aws(`wait nat-gateway-available --nat-gateway-ids ${nat}`);
  await aws(`create-tags --resources ${open} ${nat} --tags Key=app,Value=shop`);
  await server.stop();
  server = await start();
  expect(await aws('describe-tags --filters Name=key,Values=app --query length(Tags)')).toBe('3');
  expect(await aws(`describe-route-tables --route-table-ids ${table} --query RouteTables[0].Routes[1].State`)).toBe(
    'active',
  );
  await expect(aws(`delete-vpc --vpc-id ${vpc}`)).rejects.toThrow(
    `(DependencyViolation) when calling the DeleteVpc operation: The vpc '${vpc}' has dependencies and cannot be deleted.`,
  );
});
