# Part of host.sh with runner.warmUp.s3: an archive, or objects with a common beginning of their keys.

download() { # BUCKET/KEY FILE
  s3 GET "$1" '' "$EC2RUNNERS_WARM_UP_SECONDS" "output = \"$2\"" fail && [ "$curled" = 0 ] && return
  echo "s3://$1: HTTP $status, code $curled of curl" >&2
  return 1
}

# Unpacked while it is loaded, by the runner's user, whose files these are.
load_S3() {
  local unpack=(tar -x --no-same-owner -C "$folder")
  case $EC2RUNNERS_WARM_UP_SOURCE in
    *.tar) ;;
    *.zst) unpack+=(--zstd) ;;
    *) unpack+=(-z) ;;
  esac
  set -o pipefail
  umask 022
  { download "$EC2RUNNERS_WARM_UP_SOURCE" /dev/fd/9 9>&1 >/dev/null; } | "${as_user[@]}" "${unpack[@]}"
}

load_S3Prefix() {
  local bucket=${EC2RUNNERS_WARM_UP_SOURCE%%/*} prefix=${EC2RUNNERS_WARM_UP_SOURCE#*/} more='' keys key path file count=0
  umask 022
  while :; do
    if ! s3 GET "$bucket" "${more:+continuation-token=$more&}encoding-type=url&list-type=2&prefix=${prefix//\//%2F}" 60; then
      echo "s3://$EC2RUNNERS_WARM_UP_SOURCE: HTTP $status ${body:0:200}" >&2
      return 1
    fi
    mapfile -t keys < <(grep -o '<Key>[^<]*</Key>' <<<"$body" | sed 's/<[^>]*>//g')
    more=$(sed -n 's/.*<NextContinuationToken>\([^<]*\)<.*/\1/p' <<<"$body" | sed 's/+/%2B/g; s/\//%2F/g; s/=/%3D/g')
    for key in "${keys[@]}"; do
      key=${key//+/%20} key=${key//%2F/\/}
      printf -v path %b "${key//%/\\x}"
      path=${path#"$prefix"}
      case /$path/ in
        *//) continue ;; # a folder
        */../* | *[[:cntrl:]\"\\]*) echo "s3://$bucket/$key: left out because of its name" && continue ;;
      esac
      file=$folder/$path
      mkdir -p "${file%/*}"
      { download "$bucket/$key" "$file" || touch "$state/warm-up.missed"; } &
      ((++count % 8)) || wait
    done
    [ -n "$more" ] || break
  done
  wait
  chown -R "$user:" "$folder"
  echo "$count objects"
  [ ! -e "$state/warm-up.missed" ]
}
