using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Snapshots;

/// <summary>A server that sends of a backup what a test says, when it says so.</summary>
internal sealed class BackupSource : Operations.OperationsBase, IAsyncDisposable
{
    private readonly Channel<BackupResponse> _pieces = Channel.CreateUnbounded<BackupResponse>();
    private WebApplication? _app;

    public string Address { get; private set; } = "";

    public static async Task<BackupSource> StartAsync()
    {
        var source = new BackupSource();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(source);
        builder.Logging.ClearProviders();
        source._app = builder.Build();
        source._app.UseRouting();
        source._app.MapGrpcService<BackupSource>();
        await source._app.StartAsync();
        source.Address = source._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return source;
    }

    public void Send(byte[] data) => _pieces.Writer.TryWrite(new BackupResponse { Data = Google.Protobuf.ByteString.CopyFrom(data) });

    /// <summary>Ends the stream. Null: as if it were whole.</summary>
    public void End(RpcException? failure = null) => _pieces.Writer.TryComplete(failure);

    public override async Task Backup(BackupRequest request, IServerStreamWriter<BackupResponse> responseStream, ServerCallContext context)
    {
        await foreach (var piece in _pieces.Reader.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(piece, context.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await _app!.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
