# Part of host.sh with runner.logs: sends what the runner, the scripts and the job's hooks write. A process of its own, so nothing waits for
# it but the end of a runner and of the machine, and these only for a moment.

start_shipping() {
  local pause=5000
  [ "$EC2RUNNERS_LOGS" != S3 ] || pause=60000 # each time makes an object
  (
    trap - EXIT TERM INT HUP
    while kill -0 $$ 2>/dev/null; do
      nap "${EC2RUNNERS_LOG_PAUSE:-$pause}"
      ship_logs
    done
  ) &
}

# Everything, up to lines that have not ended yet. What cannot be sent in half a minute stays for the next time.
ship_logs() {
  local file deadline=$((SECONDS + 30))
  # Before there is a region there is nowhere to send it. The watchdog never knows one.
  [ -n "${region-}" ] && mkdir -p "$state/sent" || return 0
  {
    flock -w 30 9 || return 0
    for file in "$state"/*.log "$state"/job/*.log "${dir:-/nowhere}"/_diag/*.log; do
      [ -f "$file" ] || continue
      while ((SECONDS < deadline)) && ship_part "$file"; do :; done
    done
  } 9>"$state/sent/lock"
}

# A runner's files begin anew with the next one.
forget_logs() {
  {
    flock -w 30 9 || return 0
    rm -f "$state"/{runner,config}.log "$state"/job/*.log "$state"/sent/{runner,config,started,completed,Runner_*,Worker_*}.log
  } 9>"$state/sent/lock"
}

# Sends at most 256 KiB of a file, and 2,000 lines. True where there may be more.
ship_part() {
  local file=$1 name=${1##*/} from=0 size part=$state/sent/part reader=(timeout 10) most=262144
  # Jobs may put links to other files there, so these are read with their rights.
  case $file in "$state"/job/* | "${dir:-/nowhere}"/*) reader+=(${as_user[@]+"${as_user[@]}"}) ;; esac
  name=${name//[!A-Za-z0-9_.-]/_}
  { read -r from <"$state/sent/$name" || from=0; } 2>/dev/null
  size=$("${reader[@]}" stat -Lc %s "$file") || return
  ((size >= from)) || from=0
  ((size > from)) || return
  "${reader[@]}" tail -c "+$((from + 1))" "$file" | head -c "$most" | head -n 2000 >"$part"
  if [ -n "$(tail -c 1 "$part")" ] && [ -z "${ending-}" ]; then
    sed '$d' "$part" >"$part.whole"
    if [ -s "$part.whole" ]; then mv "$part.whole" "$part"; else ((size - from >= most)) || return; fi
  fi
  send_part "${name%.log}" "$part" || return
  echo $((from + $(stat -c %s "$part"))) >"$state/sent/$name"
}

# The lines as items of a JSON list, with what stands before and after the text of each.
items() { # FILE BEFORE AFTER
  tr -d '\000' <"$1" | cut -b -16384 | iconv -c -f UTF-8 -t UTF-8 |
    LC_ALL=C sed -E 's/\x1b\[[0-9;]*[A-Za-z]//g; s/[\x01-\x08\x0a-\x1f\x7f]//g; s/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g; /^$/d' |
    LC_ALL=C sed "s|.*|$2\"&\"$3,|" | tr -d '\n' | sed 's/,$//'
}

send_part() { # NAME FILE
  local name=$1 data=$state/sent/data time url=$EC2RUNNERS_LOGS_TARGET
  time=$(date +%s%3N)
  case $EC2RUNNERS_LOGS in
    CloudWatch)
      { printf '{"logGroupName":"%s","logStreamName":"%s","logEvents":[' "$url" "$id/$name" && items "$2" "{\"timestamp\":$time,\"message\":" '}' && printf ']}'; } >"$data"
      put_events || { [[ $body = *ResourceNotFound* ]] && logs CreateLogStream "{\"logGroupName\":\"$url\",\"logStreamName\":\"$id/$name\"}" && put_events; }
      ;;
    S3) s3 PUT "$url$id/$name-$time.log" '' 20 "upload-file = \"$2\"" ;;
    Loki)
      {
        printf '{"streams":[{"stream":{"service_name":"ec2runners","cluster":"%s","instance":"%s","file":"%s"},"values":[' "$EC2RUNNERS_CLUSTER" "$id" "$name"
        items "$2" "[\"${time}000000\"," ']' && printf ']}]}'
      } >"$data"
      post /loki/api/v1/push
      ;;
    Otlp)
      {
        printf '{"resourceLogs":[{"resource":{"attributes":[%s,%s]},"scopeLogs":[{"logRecords":[' "$(attribute service.name ec2runners)" "$(attribute host.id "$id")"
        items "$2" "{\"timeUnixNano\":\"${time}000000\",\"attributes\":[$(attribute log.file.name "$name")],\"body\":{\"stringValue\":" '}}' && printf ']}]}]}'
      } >"$data"
      post /v1/logs
      ;;
  esac
  case $status:$body in
    2??:*) complained='' ;;
    400:*InvalidParameter* | 413:*) say "logs: a part of $name was refused and is left out: HTTP $status ${body:0:200}" ;;
    *)
      [ "${complained-}" = "$status" ] || say "logs: cannot send $name: HTTP $status ${body:0:200}"
      complained=$status
      return 1
      ;;
  esac
}

attribute() { printf '{"key":"%s","value":{"stringValue":"%s"}}' "$1" "$2"; }

logs() {
  aws logs 10 "${EC2RUNNERS_LOGS_ENDPOINT:-https://logs.$region.$domain}" "$2" \
    'header = "Content-Type: application/x-amz-json-1.1"' "header = \"X-Amz-Target: Logs_20140328.$1\""
}

put_events() { logs PutLogEvents "@$data"; }

post() { http "url = \"${url%/}$1\"" 'max-time = 10' 'header = "Content-Type: application/json"' "data-binary = \"@$data\""; }
