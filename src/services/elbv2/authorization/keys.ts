export function listenerKeys(input: {
  readonly Protocol?: string | undefined;
  readonly SslPolicy?: string | undefined;
}) {
  return {
    'elasticloadbalancing:ListenerProtocol': input.Protocol,
    'elasticloadbalancing:SecurityPolicy': input.SslPolicy,
  };
}

export function subnetsOf(input: {
  readonly Subnets?: readonly string[] | undefined;
  readonly SubnetMappings?: readonly { readonly SubnetId?: string | undefined }[] | undefined;
}): readonly string[] {
  return [...(input.Subnets ?? []), ...(input.SubnetMappings ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])];
}
