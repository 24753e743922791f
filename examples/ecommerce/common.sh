# What run.sh and down.sh have in common. Sourced by bash.
set -euo pipefail

name=shop
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}
export AWS_PAGER=""

# Versions of the AWS CLI before 2.13 do not read AWS_ENDPOINT_URL, and version 1 does not for rds: the option works with all of them.
# Without AWS_ENDPOINT_URL it all goes to AWS.
aws=(aws --region "$region")
if [ -n "${AWS_ENDPOINT_URL:-}" ]; then
  aws+=(--endpoint-url "$AWS_ENDPOINT_URL")
fi

say() {
  echo "== $*" >&2
}

# The id of what there is of a kind with our name; empty: none.
vpc_id() {
  "${aws[@]}" ec2 describe-vpcs --filters "Name=tag:Name,Values=$name" --query 'Vpcs[].VpcId' --output text
}
