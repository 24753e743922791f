import { expect, test } from 'vitest';
import { ServiceModel } from '../model/model.ts';
import { readServiceTable } from '../model/tables.ts';
import { ec2Dialect, formToTree, parseForm, queryDialect } from './form.ts';

const ec2 = new ServiceModel(readServiceTable('ec2'));
const elbv2 = new ServiceModel(readServiceTable('elbv2'));

test('keeps lists in the order of their numbers, whatever order they come in and whatever is left out', () => {
  const fields = parseForm('VpcId.10=ten&VpcId.2=two&VpcId.1=one&VpcId.x=no');
  expect(formToTree(ec2.shape('DescribeVpcsRequest'), fields, ec2Dialect)).toEqual({ VpcIds: ['one', 'two', 'ten'] });
});

test('reads nested lists and structures of EC2', () => {
  const fields = parseForm(
    'Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.1.Value.2=a%20b+c&DryRun=true&MaxResults=5',
  );
  expect(formToTree(ec2.shape('DescribeVpcsRequest'), fields, ec2Dialect)).toEqual({
    DryRun: true,
    Filters: [{ Name: 'vpc-id', Values: ['vpc-1', 'a b c'] }],
    MaxResults: 5,
  });
});

test('reads member lists, and an empty one', () => {
  const fields = parseForm('Names.member.2=b&Names.member.1=a&LoadBalancerArns=');
  expect(formToTree(elbv2.shape('DescribeLoadBalancersInput'), fields, queryDialect)).toEqual({
    LoadBalancerArns: [],
    Names: ['a', 'b'],
  });
});

test('leaves a number that is none to validation', () => {
  const tree = formToTree(ec2.shape('DescribeVpcsRequest'), parseForm('MaxResults=many'), ec2Dialect);
  expect(tree).toEqual({ MaxResults: 'many' });
});

test('refuses more fields and levels than AWS has', () => {
  const fields = Array.from({ length: 20_001 }, (_, index) => `a${index}=`).join('&');
  expect(() => parseForm(fields)).toThrow(/More than 20000 parameters/);
  const deep = parseForm(`Filter${'.1'.repeat(40)}=x`);
  expect(() => formToTree(ec2.shape('DescribeVpcsRequest'), deep, ec2Dialect)).toThrow(/nested too deeply/);
});
