# The operator's image: the runtime, the assemblies, a bill of materials, the notices of third parties; no shell, no package manager, no root.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) .
#
# "extra" is the chiselled image with time zones, which schedules need.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra

# The compiler runs on the builder's own platform and writes code for the target's.
FROM --platform=$BUILDPLATFORM ${SDK_IMAGE} AS build
ARG TARGETARCH=amd64
ARG VERSION=0.0.0
ARG REVISION=unknown
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source

# The restore is locked and depends on these files alone, so that it stays cached.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Operator.Entities/Operator.Entities.csproj src/Operator.Entities/packages.lock.json src/Operator.Entities/
COPY src/Operator.Runtime/Operator.Runtime.csproj src/Operator.Runtime/packages.lock.json src/Operator.Runtime/
COPY src/Operator/Operator.csproj src/Operator/packages.lock.json src/Operator/
RUN dotnet restore src/Operator/Operator.csproj --locked-mode

COPY eng eng
COPY scripts/sbom scripts/notices scripts/
COPY src/Operator.Entities src/Operator.Entities
COPY src/Operator.Runtime src/Operator.Runtime
COPY src/Operator src/Operator
# A restore for one platform adds the runtime and compiler packs of this very SDK; packages come from the locked restore above.
# CI has analyzed the code already.
RUN case "$TARGETARCH" in amd64) rid=linux-x64 ;; arm64) rid=linux-arm64 ;; *) echo "no such platform: $TARGETARCH" >&2; exit 1 ;; esac \
 && dotnet publish src/Operator/Operator.csproj --configuration Release --runtime "$rid" --self-contained false --output /out \
      -p:PublishReadyToRun=true -p:UseAppHost=false -p:NuGetLockFilePath=obj/image.lock.json \
      -p:Version="$VERSION" -p:SourceRevisionId="$REVISION" -p:DebugType=none -p:SatelliteResourceLanguages=en \
      -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false \
 && sh scripts/sbom /out "$VERSION" >/out/sbom.cdx.json \
 && sh scripts/notices /out >/out/THIRD-PARTY-NOTICES.txt

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ec2runners operator" \
      org.opencontainers.image.description="GitHub Actions runners on EC2, declared as Kubernetes resources" \
      org.opencontainers.image.source="https://github.com/ec2runners/operator" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# Nothing is written: no diagnostics sockets in /tmp, which is read-only in a pod.
ENV DOTNET_EnableDiagnostics=0
WORKDIR /app
COPY LICENSE ./
COPY --from=build /out ./
# By number, so that Kubernetes can tell that it is not root.
USER 1654:1654
EXPOSE 8080
ENTRYPOINT ["dotnet", "/app/operator.dll"]
CMD ["run", "--listen", "http://*:8080", "--json-logs"]
