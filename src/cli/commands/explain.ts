import type { Command } from '../command.ts';
import { endpoint, region, trust } from '../common-options.ts';
import { explainPlacement } from '../explain-placement.ts';
import { explainReachability } from '../explain-reachability.ts';

/** `longshore explain`: what decides whether a connection gets through, or where a task is placed. */
export const explain: Command = {
  name: 'explain',
  summary: 'explain whether a connection gets through, or where a task would be placed and why not elsewhere',
  about:
    "explain reachability names the security group rule, route or network ACL that decides, or what is missing:\n  longshore explain reachability web-alb 0f3c4e5d6a7b48c9a0b1c2d3e4f50617 8080\n  longshore explain reachability internet 172.31.0.9 443\nFROM and TO are a task's id or ARN, a network interface (eni-…), an IPv4 address, a load balancer's name or ARN, or 'internet'; TO may also be a host outside, such as api.ecr.us-east-1.amazonaws.com, for what a FARGATE task needs before it starts. It says what the control plane decides, not whether anything listens there. The exit code is 0 when every way gets through, else 1.\n\nexplain placement says of every container instance of a cluster whether a task would go there now, what speaks against it, and how the strategies rank it:\n  longshore explain placement web --cluster prod-cluster\n  longshore explain placement web:3 --constraint 'attribute:ecs.instance-type =~ t3.*' --strategy spread:attribute:ecs.availability-zone --strategy binpack:memory\nOF is a service's name or a task definition; of a task definition the options say what RunTask would be given. The exit code is 0 when there is a place, else 1.\n\nSigned with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, by default test / test.",
  forms: [
    ['reachability', 'FROM', 'TO', 'PORT'],
    ['placement', 'OF'],
  ],
  options: [
    endpoint,
    ...trust,
    region,
    { name: 'protocol', value: 'NAME', about: 'tcp, udp or icmp (then PORT is not looked at)', fallback: 'tcp' },
    { name: 'cluster', value: 'NAME', about: 'of tasks that are given by id, and of OF', fallback: 'default' },
    { name: 'launch-type', value: 'TYPE', about: 'of a task definition: EC2 or EXTERNAL', fallback: 'EC2' },
    { name: 'group', value: 'NAME', about: 'of a task definition: the task group; by default family:NAME' },
    {
      name: 'constraint',
      value: 'EXPRESSION',
      about: "distinctInstance, or memberOf's expression; may be given more than once",
      many: true,
    },
    {
      name: 'strategy',
      value: 'TYPE[:FIELD]',
      about: 'such as spread:instanceId, binpack:cpu, random; may be given more than once, the deciding one first',
      many: true,
    },
  ],
  run: (settings, context) =>
    settings.argument(0) === 'placement' ? explainPlacement(settings, context) : explainReachability(settings, context),
};
