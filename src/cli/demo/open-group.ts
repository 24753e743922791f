import { Unavailable, messageOf } from '../../kernel/index.ts';
import type { AwsClient } from '../aws-client.ts';

const groupName = 'longshore-demo';

/** A security group of the default VPC that lets anybody reach a port, as on AWS it must; made where it is missing. @returns its id */
export async function openGroup(client: AwsClient, vpc: string, port: number): Promise<string> {
  const id = (await find(client, vpc)) ?? (await make(client, vpc));
  try {
    await client.query('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId: id,
      'IpPermissions.1.IpProtocol': 'tcp',
      'IpPermissions.1.FromPort': String(port),
      'IpPermissions.1.ToPort': String(port),
      'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0',
    });
  } catch (error) {
    if (!messageOf(error).includes('InvalidPermission.Duplicate')) throw error;
  }
  return id;
}

async function find(client: AwsClient, vpc: string): Promise<string | undefined> {
  const filters = {
    'Filter.1.Name': 'group-name',
    'Filter.1.Value.1': groupName,
    'Filter.2.Name': 'vpc-id',
    'Filter.2.Value.1': vpc,
  };
  return groupIn(await client.query('ec2', 'DescribeSecurityGroups', filters));
}

async function make(client: AwsClient, vpc: string): Promise<string> {
  const wanted = { GroupName: groupName, GroupDescription: 'Reached by whoever looks at the demo', VpcId: vpc };
  const id = groupIn(await client.query('ec2', 'CreateSecurityGroup', wanted));
  if (id === undefined) throw new Unavailable('CreateSecurityGroup did not say which group it made');
  return id;
}

function groupIn(xml: string): string | undefined {
  return /<groupId>(sg-[0-9a-f]+)<\/groupId>/.exec(xml)?.[1];
}
