import type { awsCli } from './longshore-process.ts';

/** Lets anybody reach ports of what is in the default security group, as on AWS it must be said. @returns the group's id */
export async function openDefaultGroup(aws: ReturnType<typeof awsCli>, ports: string): Promise<string> {
  const { SecurityGroups: groups } = await aws(
    ...['ec2', 'describe-security-groups', '--filters', 'Name=group-name,Values=default'],
  );
  const group = groups[0].GroupId as string;
  await aws(
    ...['ec2', 'authorize-security-group-ingress', '--group-id', group, '--protocol', 'tcp'],
    ...['--port', ports, '--cidr', '0.0.0.0/0'],
  );
  return group;
}
