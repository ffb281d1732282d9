// TediGAN
