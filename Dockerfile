# The gateway as a container, run without root on a read-only file system.
#   docker build .                    the gateway
#   docker build . --target demo      the gateway with simulated third parties behind it, all on the container's own loopback
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# amd64 or arm64, given by the builder.
ARG TARGETARCH
WORKDIR /source
# Without .editorconfig the analyzers use their defaults, and warnings are errors.
COPY .editorconfig global.json Directory.*.props ./
COPY src/Gateway/Gateway.csproj src/Gateway/packages.lock.json src/Gateway/
COPY src/Gateway.Demo/Gateway.Demo.csproj src/Gateway.Demo/packages.lock.json src/Gateway.Demo/
RUN dotnet restore src/Gateway.Demo -a $TARGETARCH --locked-mode
COPY config/gateway*.json config/
COPY src src
RUN dotnet publish src/Gateway -c Release -a $TARGETARCH --self-contained false -o /app --no-restore \
 && dotnet publish src/Gateway.Demo -c Release -a $TARGETARCH --self-contained false -o /demo --no-restore \
 && mkdir /data

# For the health check: the final image has neither a shell nor an HTTP client.
FROM busybox:1.37.0-musl AS probe

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS base
COPY --from=probe /bin/wget /bin/wget
# Diagnostics need a writable /tmp, which a read-only file system does not have.
ENV DOTNET_EnableDiagnostics=0
WORKDIR /app

FROM base AS demo
COPY --from=build /demo .
USER $APP_UID
ENTRYPOINT ["dotnet", "Gateway.Demo.dll"]

FROM base AS gateway
COPY --from=build /app .
# A new volume that is mounted here takes over this owner.
COPY --from=build --chown=$APP_UID:$APP_UID /data /data
# Bound to all interfaces, so Admin:Key is required, as a file in Secrets:Directory or as Admin__Key.
ENV Kestrel__Endpoints__Proxy__Url=http://*:8080 \
    Kestrel__Endpoints__Admin__Url=http://*:8081 \
    Kestrel__Endpoints__Connect__Url=http://*:8082 \
    Store__Path=/data
VOLUME /data
EXPOSE 8080 8081 8082
USER $APP_UID
HEALTHCHECK --interval=5s --timeout=3s --start-period=15s --retries=3 \
  CMD ["/bin/wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8081/health/ready"]
ENTRYPOINT ["dotnet", "Gateway.dll"]
