import type { Certificate } from '../../../protocol/generated/elbv2.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler, type Rows } from '../core.ts';
import { operationNotPermitted, tooMany, validationError } from '../errors.ts';
import { maxCertificatesPerLoadBalancer } from '../limits.ts';
import { isSecure, useCertificate } from '../listeners/security.ts';
import { ownerOf } from '../listeners/writes.ts';
import { listPage } from '../paging.ts';
import { listenerKey, listeners, type ListenerRecord } from '../records/listener.ts';
import type { LoadBalancerRecord } from '../records/load-balancer.ts';
import { neededListener } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html */
export function addListenerCertificates({ db, certificates }: Elbv2Deps): Elbv2Handler<'AddListenerCertificates'> {
  return async ({ ListenerArn: arn, Certificates: given }, context) => {
    const scope = scopeOf(context);
    const added = arnsOf(given);
    await db.transact((tx) => {
      const row = secureListener(neededListener(tx, scope, arn));
      const fresh = added.filter((one) => !row.certificates.includes(one));
      for (const one of fresh) useCertificate(tx, certificates, scope, one);
      const next = { ...row, certificates: [...row.certificates, ...fresh] };
      checkCount(presentRows(db), ownerOf(tx, row), next);
      if (fresh.length > 0) tx.put(listeners, listenerKey(row), next);
    });
    return { Certificates: added.map((one) => ({ CertificateArn: one, IsDefault: false })) };
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html */
export function removeListenerCertificates({ db }: Elbv2Deps): Elbv2Handler<'RemoveListenerCertificates'> {
  return async ({ ListenerArn: arn, Certificates: given }, context) => {
    const removed = arnsOf(given);
    await db.transact((tx) => {
      const row = secureListener(neededListener(tx, scopeOf(context), arn));
      const fixed = removed.find((one) => one === row.defaultCertificate && !row.certificates.includes(one));
      if (fixed !== undefined) {
        throw operationNotPermitted(
          `Certificate '${fixed}' is the default certificate of the listener and cannot be removed`,
        );
      }
      const left = row.certificates.filter((one) => !removed.includes(one));
      if (left.length < row.certificates.length) tx.put(listeners, listenerKey(row), { ...row, certificates: left });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerCertificates.html */
export function describeListenerCertificates({ db }: Elbv2Deps): Elbv2Handler<'DescribeListenerCertificates'> {
  return (input, context) => {
    const row = neededListener(presentRows(db), scopeOf(context), input.ListenerArn);
    const all = [
      ...(row.defaultCertificate === undefined ? [] : [{ CertificateArn: row.defaultCertificate, IsDefault: true }]),
      ...row.certificates.map((CertificateArn) => ({ CertificateArn, IsDefault: false })),
    ];
    const { items, next } = listPage(all, ({ CertificateArn, IsDefault }) => `${CertificateArn} ${IsDefault}`, input);
    return { Certificates: items, ...next };
  };
}

function arnsOf(given: readonly Certificate[]): readonly string[] {
  const arns = given.map(({ CertificateArn, IsDefault }) => {
    if (CertificateArn === undefined) throw validationError('A certificate ARN must be specified');
    if (IsDefault !== undefined) throw validationError('IsDefault cannot be set for certificates of a listener');
    return CertificateArn;
  });
  if (arns.length === 0) throw validationError('At least one certificate must be specified');
  return [...new Set(arns)];
}

function secureListener(row: ListenerRecord): ListenerRecord {
  if (isSecure(row.protocol)) return row;
  throw validationError(`Certificates are not supported with listeners of protocol '${row.protocol}'`);
}

function checkCount(rows: Rows, loadBalancer: LoadBalancerRecord, after: ListenerRecord): void {
  const others = loadBalancer.listeners.filter(({ id }) => id !== after.id);
  const elsewhere = others.reduce(
    (sum, { id }) => sum + (rows.get(listeners, listenerKey({ loadBalancer, id }))?.certificates.length ?? 0),
    0,
  );
  if (elsewhere + after.certificates.length > maxCertificatesPerLoadBalancer) {
    throw tooMany(
      'Certificates',
      `A load balancer can have at most ${maxCertificatesPerLoadBalancer} certificates beside default ones`,
    );
  }
}
