import { expect, test } from 'vitest';
import { refusal } from '../aws-client.ts';
import { firstSubnet } from './run-task.ts';

test('takes the first subnet, and says when there is none', () => {
  const item = (id: string): string => `<item><subnetId>${id}</subnetId></item>`;
  const xml = `<DescribeSubnetsResponse><subnetSet>${item('subnet-0a1')}${item('subnet-0b2')}</subnetSet></DescribeSubnetsResponse>`;
  expect(firstSubnet(xml)).toBe('subnet-0a1');
  expect(() => firstSubnet('<DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>')).toThrow('no subnet');
});

test.each([
  [
    400,
    '{"__type":"com.amazonaws.ecs#ClusterNotFoundException","message":"Cluster not found."}',
    'ClusterNotFoundException: Cluster not found.',
  ],
  [
    400,
    '<Response><Errors><Error><Code>AuthFailure</Code><Message>No.</Message></Error></Errors></Response>',
    'AuthFailure: No.',
  ],
  [502, 'bad gateway', 'HTTP 502: bad gateway'],
])('reads an error of HTTP %i %s', (status, text, message) => {
  expect(refusal(status, text).message).toBe(message);
});
