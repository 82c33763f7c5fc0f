# The gateway as a container: built with the genuine packages, run without root on a read-only file system.
#   docker build .                    the gateway
#   docker build . --target demo      the gateway with simulated third parties behind it, all on the container's own loopback
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# The rules of .editorconfig are the compiler's: without them its defaults are errors.
COPY .editorconfig global.json Directory.*.props Directory.*.targets ./
COPY src/Gateway/Gateway.csproj src/Gateway/
COPY src/Gateway/Store/Garnet.props src/Gateway/Store/
COPY src/Gateway.Demo/Gateway.Demo.csproj src/Gateway.Demo/
RUN dotnet restore src/Gateway.Demo -p:UseStandIns=false
COPY config/gateway*.json config/
COPY src src
RUN dotnet publish src/Gateway -c Release -o /app --no-restore -p:UseStandIns=false \
 && dotnet publish src/Gateway.Demo -c Release -o /demo --no-restore -p:UseStandIns=false \
 && mkdir /data

# For the health check below: the final image has no shell and no client of its own.
FROM busybox:1.37.0-musl AS probe

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS base
COPY --from=probe /bin/wget /bin/wget
# Diagnostics would want to write to /tmp, which is not there on a read-only file system.
ENV DOTNET_EnableDiagnostics=0
WORKDIR /app

FROM base AS demo
COPY --from=build /demo .
USER $APP_UID
ENTRYPOINT ["dotnet", "Gateway.Demo.dll"]

FROM base AS gateway
COPY --from=build /app .
# A volume that is mounted here for the first time takes over the owner.
COPY --from=build --chown=$APP_UID:$APP_UID /data /data
# Bound to all interfaces, so Admin:Key must be given, as a file in Secrets:Directory or as Admin__Key.
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
