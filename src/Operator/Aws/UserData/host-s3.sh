# Part of host.sh where S3 is used. Requests to S3 are signed here: curl before 7.87 does not sign the headers that S3 requires.

# HMAC-SHA256 of a text, in hexadecimal digits as its key. The key stays in the shell: it is never an argument of a program.
hmac() { # KEY TEXT
  local key inner='' outer='' digest i byte
  printf -v key '%-128s' "$1"
  key=${key// /0}
  for ((i = 0; i < 128; i += 2)); do
    byte=$((16#${key:i:2}))
    printf -v inner '%s\\x%02x' "$inner" $((byte ^ 0x36))
    printf -v outer '%s\\x%02x' "$outer" $((byte ^ 0x5c))
  done
  digest=$({ printf %b "$inner" && printf %s "$2"; } | sha256sum)
  # shellcheck disable=SC2001 # bash has no replacement that repeats what it found
  digest=$({ printf %b "$outer" && printf %b "$(sed 's/../\\x&/g' <<<"${digest%% *}")"; } | sha256sum)
  printf %s "${digest%% *}"
}

# Arguments: the method, the bucket with the key after a slash, the query, the timeout in seconds, and further lines of curl configuration.
# Keys and queries are made of characters that need no encoding.
s3() {
  local method=$1 path=/$2 query=$3 wait=$4 endpoint=${EC2RUNNERS_S3_ENDPOINT:-https://s3.$region.$domain}
  local key secret session time scope headers signed signer digest
  shift 4
  credentials || return
  time=$(date -u +%Y%m%dT%H%M%SZ)
  scope=${time%T*}/$region/s3/aws4_request
  signed='host;x-amz-content-sha256;x-amz-date;x-amz-security-token'
  printf -v headers 'host:%s\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:%s\nx-amz-security-token:%s\n' "${endpoint#*://}" "$time" "$session"
  digest=$(printf '%s\n%s\n%s\n%s\n%s\nUNSIGNED-PAYLOAD' "$method" "$path" "$query" "$headers" "$signed" | sha256sum)
  signer=$(hmac "$(printf 'AWS4%s' "$secret" | od -An -v -tx1 | tr -d ' \n')" "${time%T*}")
  signer=$(hmac "$(hmac "$(hmac "$signer" "$region")" s3)" aws4_request)
  digest=$(hmac "$signer" "AWS4-HMAC-SHA256"$'\n'"$time"$'\n'"$scope"$'\n'"${digest%% *}")
  http "url = \"$endpoint$path${query:+?$query}\"" "request = \"$method\"" "max-time = $wait" \
    'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"' "header = \"x-amz-date: $time\"" "header = \"x-amz-security-token: $session\"" \
    "header = \"Authorization: AWS4-HMAC-SHA256 Credential=$key/$scope, SignedHeaders=$signed, Signature=$digest\"" "$@"
  [[ $status = 2?? ]]
}
