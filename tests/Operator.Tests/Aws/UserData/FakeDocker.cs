namespace Operator.Tests.Aws.UserData;

/// <summary>
/// A docker whose containers are process sessions without a root of their own. It reports what it is asked, and reads what the tests put into the machine's folder:
/// <c>docker-down</c>, <c>docker-fails</c> (run), <c>docker-refuses</c> (pull), <c>docker-has</c> (the image), <c>docker-leaves</c> (run returns early).
/// </summary>
internal static class FakeDocker
{
    public static void Install(string root, Uri address) => FakeImage.Script(root, "bin/docker",
        $$"""
        #!/bin/bash
        root={{root}}
        tell() { printf 'docker %s' "$*" | curl -s --data-binary @- {{address}}events >/dev/null; }
        alive() { read -r pid <"$root/docker-$1" && kill -0 "$pid"; } 2>/dev/null
        case $1 in
          version)
            [ ! -e "$root/docker-down" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }
            ;;
          image) [ -e "$root/docker-has" ] ;;
          pull)
            tell "$*"
            [ ! -e "$root/docker-refuses" ] || { echo "manifest unknown" >&2; exit 1; }
            ;;
          run)
            tell "$*"
            [ ! -e "$root/docker-fails" ] || { echo "exec: no such file or directory" >&2; exit 127; }
            variables=(PATH="$PATH" HOME="$root" EC2RUNNERS_ROOT="$root")
            for argument; do
              case $argument in
                --name=*) name=${argument#*=} ;;
                --env-file=*) while IFS= read -r line; do variables+=("$line"); done <"${argument#*=}" ;;
                --env=*) variables+=("${argument#*=}") ;;
                --volume=*:/run/ec2runners) hand=${argument#*=} start=${hand%%:*}/start ;;
              esac
            done
            if [ "$name" = ec2runners-network ]; then
              setsid "$root/bin/network" >/dev/null 2>&1 &
              echo $! >"$root/docker-$name"
              while [ -x "$root/bin/network-up" ] && ! "$root/bin/network-up" $!; do sleep 0.05; done
              exit
            fi
            cp "$start" "$root/start"
            [ ! -e "$root/docker-leaves" ] || { exec 3>"$root/output" 4>&1 1>&3; }
            env -i --default-signal=INT,QUIT "${variables[@]}" setsid "$start" &
            pid=$!
            echo "$pid" >"$root/docker-$name"
            [ ! -e "$root/docker-leaves" ] || exit 1
            wait "$pid"
            ;;
          inspect) alive "${@: -1}" && echo "$pid" || { echo 0; exit 1; } ;;
          wait) while alive "$2"; do sleep 0.05; done ;;
          rm)
            name=${*: -1}
            tell "$*"
            if alive "$name"; then
              for file in $(grep -lsE "^[0-9]+ \(.*\) [A-Y] [0-9]+ [0-9]+ $pid " /proc/[0-9]*/stat); do kill -KILL "${file//[!0-9]/}"; done
            fi
            rm -f "$root/docker-$name"
            ;;
        esac 2>&1
        """);
}
