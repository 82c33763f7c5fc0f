# The gateway as a container: built with the genuine packages, run without root on a read-only file system.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Gateway -c Release -o /app -p:UseStandIns=false

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
COPY config config
# Bound to all interfaces, so Admin:Key must be given, as a file in Secrets:Directory or as Admin__Key.
ENV Kestrel__Endpoints__Proxy__Url=http://*:8080 \
    Kestrel__Endpoints__Admin__Url=http://*:8081 \
    Kestrel__Endpoints__Connect__Url=http://*:8082 \
    Store__Path=/data
VOLUME /data
EXPOSE 8080 8081 8082
USER $APP_UID
ENTRYPOINT ["dotnet", "Gateway.dll"]
